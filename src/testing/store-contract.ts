import { chunkCases } from "./store-contract/chunks.ts";
import { claimCases } from "./store-contract/claims.ts";
import { concurrencyCases } from "./store-contract/concurrency.ts";
import { contentCases } from "./store-contract/content.ts";
import { deletionCases } from "./store-contract/deletion.ts";
import { historyCases } from "./store-contract/history.ts";
import { idempotencyCases } from "./store-contract/idempotency.ts";
import { interruptionCases } from "./store-contract/interruptions.ts";
import { lifetimeCases } from "./store-contract/lifetime.ts";
import { messageCases } from "./store-contract/messages.ts";
import { liveTurnCases } from "./store-contract/live-turns.ts";
import { orderCases } from "./store-contract/order.ts";
import { ownershipCases } from "./store-contract/ownership.ts";
import { queueCases } from "./store-contract/queue.ts";
import { racingCases } from "./store-contract/racing.ts";
import { sessionCases } from "./store-contract/sessions.ts";
import { settingCases } from "./store-contract/settings.ts";
import { turnCases } from "./store-contract/turns.ts";
import { versionCases } from "./store-contract/versions.ts";
import { rowCases } from "./store-contract/rows.ts";
import { titleCases } from "./store-contract/titles.ts";
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
  ...turnCases,
  ...queueCases,
  ...liveTurnCases,
  ...claimCases,
  ...interruptionCases,
  ...chunkCases,
  ...idempotencyCases,
  ...versionCases,
  ...sessionCases,
  ...titleCases,
  ...deletionCases,
  ...messageCases,
  ...rowCases,
  ...ownershipCases,
  ...racingCases,
  ...settingCases,
  ...lifetimeCases,
];
