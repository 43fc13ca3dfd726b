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
]);

/** A fixture for the other cases, of which each opens one store. */
export const unreachable = {
  markDeleted: (): Promise<never> => Promise.reject(new Error(noOutside)),
  refuseKey: (): Promise<never> => Promise.reject(new Error(noOutside)),
};
