import { concurrencyCases } from "./store-contract/concurrency.ts";
import { contentCases } from "./store-contract/content.ts";
import { historyCases } from "./store-contract/history.ts";
import { lifetimeCases } from "./store-contract/lifetime.ts";
import { orderCases } from "./store-contract/order.ts";
import type { StoreContractCase } from "./store-fixture.ts";

/**
 * What every store does. To test one, run each case with a fixture of its own:
 *
 * ```ts
 * for (const { name, run } of storeContract) test(name, async () => run(await makeFixture()));
 * ```
 */
export const storeContract: readonly StoreContractCase[] = [
  ...historyCases,
  ...contentCases,
  ...orderCases,
  ...concurrencyCases,
  ...lifetimeCases,
];
