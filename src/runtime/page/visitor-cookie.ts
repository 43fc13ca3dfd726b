import { randomBytes, randomUUID } from "node:crypto";
import { parseSigned, serializeSigned } from "hono/utils/cookie";
import type { OpenRuntime } from "../../protocols/protocol.ts";

/** How a {@link VisitorCookie} is made. */
export interface VisitorCookieOptions {
  /** What the cookie is signed with; by default what the store keeps for all servers that share it. */
  readonly secret: string | undefined;
  /** Whether pages of other sites may show this one in a frame, and the cookie is sent there too. */
  readonly isFramed: boolean;
}

const name = "turnkeep_user";
const setting = "cookie_secret";
const prefix = "anonymous:";
const year = 365 * 24 * 60 * 60;

/** The signed cookie by which a visitor who has not signed in is known again. */
export class VisitorCookie {
  readonly #options: VisitorCookieOptions;
  #kept: Promise<string> | undefined;

  constructor(options: VisitorCookieOptions) {
    this.#options = options;
  }

  /** The user whom a request's cookie names; undefined without one that was issued here. */
  async read(request: Request, open: () => Promise<OpenRuntime>): Promise<string | undefined> {
    const cookies = request.headers.get("cookie") ?? "";
    if (!cookies.includes(name)) return undefined;
    const found = (await parseSigned(cookies, await this.#secret(open), name))[name];
    return typeof found === "string" && found.startsWith(prefix) ? found : undefined;
  }

  /**
   * The header `Set-Cookie` for the answer to a request: the user it has goes on for another year,
   * else there is a new one. It has no path, so that the browser sends it wherever the page is.
   */
  async issue(request: Request, open: () => Promise<OpenRuntime>): Promise<string> {
    const userId = (await this.read(request, open)) ?? `${prefix}${randomUUID()}`;
    const secure = isSecure(request);
    const isFramed = this.#options.isFramed && secure;
    return serializeSigned(name, userId, await this.#secret(open), {
      httpOnly: true,
      secure,
      maxAge: year,
      // Browsers send a cookie into a frame on another site's page on these terms alone.
      ...(isFramed ? { sameSite: "None", partitioned: true } : { sameSite: "Lax" }),
    });
  }

  #secret(open: () => Promise<OpenRuntime>): Promise<string> {
    const { secret } = this.#options;
    if (secret !== undefined) return Promise.resolve(secret);
    this.#kept ??= keepSecret(open).catch((error: unknown) => {
      this.#kept = undefined;
      throw error;
    });
    return this.#kept;
  }
}

async function keepSecret(open: () => Promise<OpenRuntime>): Promise<string> {
  const { store } = await open();
  return store.keepSetting(setting, randomBytes(32).toString("base64url"));
}

function isSecure({ url, headers }: Request): boolean {
  const forwarded = headers.get("x-forwarded-proto")?.split(",")[0]?.trim();
  return (forwarded ?? new URL(url).protocol.replace(":", "")) === "https";
}
