import type { Clock } from "../session/record-time.ts";
import type { SessionRecord, SessionStore } from "../session/session-store.ts";

/** Stores on one place of their own, empty at first. Each case is given another. */
export interface StoreFixture {
  /**
   * Opens a store on the place. Stores that are open at the same time, and one that is opened
   * after another was disposed of, have the same sessions. The store takes its times from `clock`,
   * which gives local times without zone, `YYYY-MM-DD HH:MM:SS.ffffff`; claims lapse by another,
   * which goes by itself.
   */
  open(options?: { readonly clock?: Clock }): Promise<SessionStore>;
  /** Puts a record in as another writer of the table would, which knows nothing of turns. */
  addRecord(record: SessionRecord): Promise<void>;
  /** Marks a stored record as deleted, as something else than the store would. */
  markDeleted(recordId: string): Promise<void>;
  /** Makes the place refuse every record under this key from now on. */
  refuseKey(messageKey: string): Promise<void>;
}

/** One case of the contract. */
export interface StoreContractCase {
  readonly name: string;
  /** Fulfilled where the store behaves; else rejected. */
  readonly run: (fixture: StoreFixture) => Promise<void>;
}
