import type { SketchStore } from "../sketch-store.ts";

/** A store broken on purpose, in one way. */
export interface StoreMutant {
  /** What it does wrong, to be read after "a store that". */
  readonly fault: string;
  /** The case of the contract that it must fail; it may fail others too. */
  readonly caughtBy: string;
  readonly Store: typeof SketchStore;
}
