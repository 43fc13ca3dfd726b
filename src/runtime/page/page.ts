import type { Context, Hono } from "hono";
import { TurnkeepError } from "../../errors.ts";
import { allowMethods } from "../../protocols/methods.ts";
import type { AttachmentLimits, OpenRuntime, ProtocolHost } from "../../protocols/protocol.ts";
import type { Front } from "../app.ts";
import { PageFile, readPageFiles } from "./page-files.ts";
import type { WholePageOptions } from "./page-options.ts";
import { requireSameOrigin } from "./same-origin.ts";
import { VisitorCookie } from "./visitor-cookie.ts";

/** How a {@link Page} is made. */
export interface PageSetup {
  readonly options: WholePageOptions;
  /** What the visitors' cookie is signed with; undefined for what the store keeps. */
  readonly cookieSecret: string | undefined;
  /** Whether visitors are known by their cookie. */
  readonly hasVisitors: boolean;
  /** Whether sessions are kept in a database. */
  readonly ownsDatabase: boolean;
}

const index = "index.html";
const placeholder = /(<script\b[^>]*\bid="configuration"[^>]*>)[^<]*(<\/script>)/;

/** The chat page: its index with the configuration in it, its assets, and who looks at it. */
export class Page implements Front {
  readonly #setup: PageSetup;
  readonly #cookie: VisitorCookie;
  readonly #securityHeaders: Readonly<Record<string, string>>;
  #files: ReadonlyMap<string, PageFile> | undefined;

  constructor(setup: PageSetup) {
    const { frameAncestors } = setup.options;
    this.#setup = setup;
    this.#cookie = new VisitorCookie({
      secret: setup.cookieSecret,
      isFramed: frameAncestors.length > 0,
    });
    this.#securityHeaders = toSecurityHeaders(frameAncestors);
  }

  get attachments(): AttachmentLimits {
    return this.#setup.options.attachments;
  }

  async load(): Promise<void> {
    if (this.#files !== undefined) return;
    const files = new Map(await readPageFiles());
    const plain = files.get(index)?.text ?? "";
    if (!placeholder.test(plain)) {
      throw new TurnkeepError(
        "page_missing",
        'The chat page\'s index has no <script id="configuration"> to be filled in. Build it again: npm run build:web.',
      );
    }
    const configuration = this.#toConfiguration();
    const filled = plain.replace(placeholder, (_all, start: string, end: string) => {
      return `${start}${configuration}${end}`;
    });
    files.set(index, new PageFile(index, Buffer.from(filled)));
    this.#files = files;
  }

  mount(app: Hono, host: ProtocolHost): void {
    app.use("*", async (context, next) => {
      requireSameOrigin(context.req.raw);
      await next();
    });
    for (const path of ["/", `/${index}`]) {
      app.get(path, (context) => this.#showIndex(context, host));
      allowMethods(app, path, ["GET"]);
    }
    for (const [path, file] of this.#files ?? []) {
      if (path === index) continue;
      // Built files have a hash of their content in their names.
      const caching = path.startsWith("assets/")
        ? "public, max-age=31536000, immutable"
        : "no-cache";
      const headers = { ...this.#securityHeaders, "Cache-Control": caching };
      app.get(`/${path}`, (context) => file.respond(context.req.raw, headers));
    }
  }

  async identify(request: Request, open: () => Promise<OpenRuntime>): Promise<string | undefined> {
    return this.#cookie.read(request, open);
  }

  async #showIndex(context: Context, host: ProtocolHost): Promise<Response> {
    const { raw } = context.req;
    const file = this.#files?.get(index);
    if (file === undefined) throw new TypeError("The page is not loaded.");
    const cookie = this.#setup.hasVisitors
      ? { "Set-Cookie": await this.#cookie.issue(raw, () => host.open()) }
      : {};
    return file.respond(raw, {
      ...this.#securityHeaders,
      "Cache-Control": "private, no-cache",
      ...cookie,
    });
  }

  #toConfiguration(): string {
    const { frameAncestors: _frameAncestors, ...shown } = this.#setup.options;
    const configuration = { ...shown, ownsDatabase: this.#setup.ownsDatabase };
    // Within a script block nothing but this could end it.
    return JSON.stringify(configuration).replaceAll("<", "\\u003c");
  }
}

function toSecurityHeaders(frameAncestors: readonly string[]): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...frameAncestors].join(" ")}`,
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
}
