import { describe, TurnkeepError } from "../errors.ts";
import type { AttachmentLimits } from "../protocols/protocol.ts";
import { MemoryStore } from "../session/memory-store.ts";
import type { Front } from "./app.ts";
import {
  defaultBodyLimit,
  defaultMessageLimit,
  HttpRuntime,
  type HttpRuntimeOptions,
} from "./http-runtime.ts";
import { Page } from "./page/page.ts";
import { type PageOptions, toWholePageOptions } from "./page/page-options.ts";

/** How a {@link ChatRuntime} is made. */
export interface ChatRuntimeOptions extends HttpRuntimeOptions {
  /**
   * How the page looks, and what files a message may bring along. The defaults of `bodyLimit` and
   * `messageLimit` have room for them.
   */
  readonly page?: PageOptions;
  /**
   * What the cookie of visitors is signed with, 16 to 1,024 characters, the same on every server;
   * by default a secret that is made once and kept in the database.
   */
  readonly cookieSecret?: string;
}

const secretLength = { least: 16, most: 1024 } as const;

/**
 * Serves a component as a chat page, at `/`, beside all that {@link HttpRuntime} serves, of which
 * the page is a client.
 *
 * Where neither `authenticate` nor `trustUserHeader` says who sends a request, each visitor is a
 * user of its own, known again by a signed cookie for a year. What another origin's page asks for
 * is refused (403).
 */
export class ChatRuntime extends HttpRuntime {
  readonly #page: Page;

  /**
   * @throws TurnkeepError as that of {@link HttpRuntime}, and `invalid_argument` naming an option of
   * the page that is wrong.
   */
  constructor(options: ChatRuntimeOptions) {
    const { page = {}, cookieSecret, ...others } = options;
    const whole = toWholePageOptions(page);
    requireSecret(cookieSecret);
    super({ ...roomFor(whole.attachments), ...others });
    const { authenticate, trustUserHeader = false, userSessionConfig } = options;
    this.#page = new Page({
      options: whole,
      cookieSecret,
      hasVisitors: authenticate === undefined && !trustUserHeader,
      ownsDatabase: !(userSessionConfig instanceof MemoryStore),
    });
  }

  /** The page. */
  protected override get front(): Front {
    return this.#page;
  }
}

/** Limits that leave room for the files of a message, which are a third longer as text. */
function roomFor({
  maxBytes,
  maxCount,
}: AttachmentLimits): Pick<HttpRuntimeOptions, "bodyLimit" | "messageLimit"> {
  if (maxCount === 0) return {};
  const bodyLimit = defaultBodyLimit + Math.ceil(maxBytes / 3) * 4;
  return { bodyLimit, messageLimit: Math.max(defaultMessageLimit, bodyLimit) };
}

function requireSecret(secret: unknown): void {
  if (secret === undefined) return;
  const length = typeof secret === "string" ? secret.length : 0;
  if (length >= secretLength.least && length <= secretLength.most) return;
  throw new TurnkeepError(
    "invalid_argument",
    `The option cookieSecret must be a text of ${secretLength.least} to ${secretLength.most} characters, but it ${typeof secret === "string" ? `has ${length}` : `is ${describe(secret)}`}.`,
  );
}
