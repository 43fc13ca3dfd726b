const oneStore = "the place is the store's own: no other sees its sessions, and none outlives it";
const noOutside = "nothing but the store itself can reach its records";

/** Which cases of the contract a store in memory is exempt from, by name, and why. */
export const memoryExemptions: ReadonlyMap<string, string> = new Map([
  ["records that are marked as deleted do not count", noOutside],
  ["records that are marked as deleted keep their place in the order", noOutside],
  ["of a turn that is refused midway nothing is stored, and its neighbours are", noOutside],
  ["stores whose clocks are an hour apart keep one order", oneStore],
  ["two stores that write one session at the same time lose nothing and keep one order", oneStore],
  ["a store that is opened again has every turn as it was", oneStore],
  ["a turn that one store has stored is seen by another at once", oneStore],
  ["disposing stores what was appended before it", oneStore],
  ["turns that two stores begin at once with one idempotency key are one", oneStore],
  ["restoring a session leaves those records deleted that were so before", noOutside],
  ["records of the same time, as other writers make them, are paged by their ids", noOutside],
  ["records that another writer puts into a session are read with the others, in order", noOutside],
  ["records that are marked as deleted are not among a session's", noOutside],
  ["rows that are marked as deleted are shown, with their mark", noOutside],
  ["turns of two stores never run together, and each sees those before it", oneStore],
  ["a turn that is ended by two stores at once ends once", oneStore],
  ["what one store knows of turns and sessions another sees at once", oneStore],
  ["a store that lost its claim to another store stores nothing", oneStore],
  ["of an end that is refused midway nothing is stored, and its turn goes on", noOutside],
  ["a store that is opened again has every session and turn as it was, and goes on", oneStore],
  ["records that others have marked as deleted stay so, whichever version is chosen", noOutside],
  [
    "what one store does with versions another sees at once, and so does one that is opened later",
    oneStore,
  ],
  ["a setting that several stores keep at once is the same for all of them", oneStore],
  ["disposing finishes the turns that were begun and ended before it", oneStore],
]);

/** A fixture for the other cases, of which each opens one store. */
export const unreachable = {
  addRecord: (): Promise<never> => Promise.reject(new Error(noOutside)),
  markDeleted: (): Promise<never> => Promise.reject(new Error(noOutside)),
  refuseKey: (): Promise<never> => Promise.reject(new Error(noOutside)),
};
