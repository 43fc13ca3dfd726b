import type { Hono } from "hono";
import type { Failure } from "../run/failure.ts";
import type { Run } from "../run/run.ts";
import type { RunEngine } from "../run/run-engine.ts";
import type { SessionStore } from "../session/session-store.ts";

/** What a runtime's store and engine are once they are open. */
export interface OpenRuntime {
  readonly engine: RunEngine;
  readonly store: SessionStore;
}

/** What files a message may bring along. */
export interface AttachmentLimits {
  /** How large all of them may be together, in bytes. */
  readonly maxBytes: number;
  readonly maxCount: number;
  /** Which kinds, as the attribute `accept` of HTML's file input has them; "": all. */
  readonly accept: string;
}

/** What a wire protocol has of the runtime that serves it. */
export interface ProtocolHost {
  /** The largest request body in bytes. */
  readonly bodyLimit: number;
  /** What files a message may bring along. */
  readonly attachments: AttachmentLimits;
  /** Whether each request must bring its caller's own model credential. */
  readonly lazyCertification: boolean;
  /**
   * Who sends a request; undefined where nobody is known.
   * @param claimed the user that the request itself names, which counts only where the runtime
   * trusts the proxy before it.
   * @throws TurnkeepError `unauthorized` where the runtime knows its users and this is none;
   * `invalid_request` for a user id that is too long or holds control characters.
   */
  identify(request: Request, claimed: string | undefined): Promise<string | undefined>;
  /**
   * The runtime's engine and store, opened on the first use.
   * @throws TurnkeepError of the database where the store cannot be opened; `run_aborted` once the
   * runtime closes.
   */
  open(): Promise<OpenRuntime>;
  /**
   * What to tell of an error that a request met, and the request id under which to tell it; what is
   * the service's own is logged under that.
   */
  explain(
    request: Request,
    error: unknown,
  ): { readonly failure: Failure; readonly requestId: string };
  /**
   * Called when the reader of a run has left before its end: stops it. Undefined where the runtime
   * lets runs go on, so that nobody needs to watch for it.
   */
  readonly onLeave: ((run: Run, userId: string | undefined) => void) | undefined;
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
