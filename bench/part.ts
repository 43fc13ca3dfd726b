import type { BenchDatabase } from "./databases.ts";
import type { Rounds } from "./measure/rounds.ts";

/** How the benchmark is run. */
export interface Bench {
  /** How often each figure is taken; its median counts. */
  readonly rounds: number;
  /** How long each figure is taken, in whole seconds. */
  readonly seconds: number;
  /** Whether tables of five million rows are made, which takes long. */
  readonly large: boolean;
  readonly databases: readonly BenchDatabase[];
  /** Tells how far it is. */
  readonly say: (text: string) => void;
}

/** A table of the report. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What must be known to read it, in sentences. */
  readonly note?: string;
}

/** Something that was to be reached. */
export interface Goal {
  /** Its number in the list of goals. */
  readonly number: number;
  readonly what: string;
  /** Such as "at least 0.70". */
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** What a part has found. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  /** Every figure that was taken, by what it is of. */
  readonly figures: Readonly<Record<string, Rounds>>;
}

/** A part of the benchmark: what a file under `parts/` exports by default. */
export interface Part {
  /** What it measures, as a heading. */
  readonly title: string;
  run(bench: Bench): Promise<Findings>;
}
