import { chunkMutants } from "./store-mutants/chunks.ts";
import { claimMutants } from "./store-mutants/claims.ts";
import { concurrencyMutants } from "./store-mutants/concurrency.ts";
import { contentMutants } from "./store-mutants/content.ts";
import { deletionMutants } from "./store-mutants/deletion.ts";
import { historyMutants } from "./store-mutants/history.ts";
import { idempotencyMutants } from "./store-mutants/idempotency.ts";
import { interruptionMutants } from "./store-mutants/interruptions.ts";
import { lifetimeMutants } from "./store-mutants/lifetime.ts";
import { liveTurnMutants } from "./store-mutants/live-turns.ts";
import { messageMutants } from "./store-mutants/messages.ts";
import { orderMutants } from "./store-mutants/order.ts";
import { ownershipMutants } from "./store-mutants/ownership.ts";
import { queueMutants } from "./store-mutants/queue.ts";
import { racingMutants } from "./store-mutants/racing.ts";
import { sessionMutants } from "./store-mutants/sessions.ts";
import { settingMutants } from "./store-mutants/settings.ts";
import { turnMutants } from "./store-mutants/turns.ts";
import { versionMutants } from "./store-mutants/versions.ts";
import { rowMutants } from "./store-mutants/rows.ts";
import { titleMutants } from "./store-mutants/titles.ts";
import type { StoreMutant } from "./store-mutants/store-mutant.ts";

/** Stores broken on purpose, each of which the contract must catch. */
export const storeMutants: readonly StoreMutant[] = [
  ...historyMutants,
  ...contentMutants,
  ...orderMutants,
  ...concurrencyMutants,
  ...turnMutants,
  ...queueMutants,
  ...liveTurnMutants,
  ...claimMutants,
  ...interruptionMutants,
  ...chunkMutants,
  ...idempotencyMutants,
  ...versionMutants,
  ...sessionMutants,
  ...titleMutants,
  ...deletionMutants,
  ...messageMutants,
  ...rowMutants,
  ...ownershipMutants,
  ...racingMutants,
  ...settingMutants,
  ...lifetimeMutants,
];
