import type { Message } from "../message/message.ts";

/** One request for a run. */
export interface RunRequest {
  readonly message: Message;
  /** Whether the component is asked to answer piece by piece; false by default. */
  readonly stream?: boolean | undefined;
  /** Further arguments of the component's `run`: JSON. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** By default a new UUID: a new session. */
  readonly sessionId?: string | undefined;
  /** By default a new UUID. */
  readonly requestId?: string | undefined;
  /** Who asks, where that is known. */
  readonly userId?: string | undefined;
  /**
   * From 1 to 255 printable ASCII characters: a request with the key of an earlier one of the same
   * user and session gets that one's answer, and never runs or stores again.
   */
  readonly idempotencyKey?: string | undefined;
  /** Asks for another version of a turn of the session. */
  readonly version?:
    | {
        /** The turn's request id. */
        readonly of: string;
        /** How the request names it: what is the same in a request that is sent again. */
        readonly named: string;
        /** Whether the message is that turn's own, which the request does not bring along. */
        readonly isAgain: boolean;
      }
    | undefined;
  /** The caller's own credentials, by the name of the model provider they are for. */
  readonly credentials?: ReadonlyMap<string, string> | undefined;
}
