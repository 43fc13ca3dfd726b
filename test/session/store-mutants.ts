import { concurrencyMutants } from "./store-mutants/concurrency.ts";
import { contentMutants } from "./store-mutants/content.ts";
import { historyMutants } from "./store-mutants/history.ts";
import { lifetimeMutants } from "./store-mutants/lifetime.ts";
import { orderMutants } from "./store-mutants/order.ts";
import type { StoreMutant } from "./store-mutants/store-mutant.ts";

/** Stores broken on purpose, each of which the contract must catch. */
export const storeMutants: readonly StoreMutant[] = [
  ...historyMutants,
  ...contentMutants,
  ...orderMutants,
  ...concurrencyMutants,
  ...lifetimeMutants,
];
