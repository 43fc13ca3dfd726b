import type { Hono } from "hono";
import type { Run } from "../run/run.ts";
import type { RunRequest } from "../run/run-engine.ts";

/** What a wire protocol has of the runtime that serves it. */
export interface ProtocolHost {
  /** The largest request body in bytes. */
  readonly bodyLimit: number;
  /** Whether each request must bring its caller's own model credential. */
  readonly lazyCertification: boolean;
  /**
   * Begins a run, once the store is open.
   * @throws TurnkeepError of the database where the store cannot be opened.
   */
  start(request: RunRequest): Promise<Run>;
}

/** A part of an OpenAPI 3.1 document: its paths, by path and method. */
export type OpenAPIPaths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** How runs look on the wire: what the `index.ts` of a folder here exports by default. */
export interface Protocol {
  /** The protocol's routes, for the description that the runtime serves. */
  readonly paths: OpenAPIPaths;
  /**
   * Adds the protocol's routes. An error that a route throws is answered by the runtime, with the
   * status of its code.
   */
  mount(app: Hono, host: ProtocolHost): void;
}
