import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { getMimeType } from "hono/utils/mime";
import { TurnkeepError } from "../../errors.ts";

const built = new URL("../../../dist/web/", import.meta.url);
const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) } as const;
const compressible = /^(?:text\/|application\/(?:javascript|json|manifest\+json)|image\/svg)/;
// A smaller one is sent in one packet anyway.
const leastCompressed = 1024;

/** A file, in as many forms as were asked for. */
export class PageFile {
  readonly type: string;
  readonly #bytes: Buffer;
  readonly #compressed = new Map<string, Promise<Buffer>>();

  constructor(path: string, bytes: Buffer) {
    this.type = getMimeType(path) ?? "application/octet-stream";
    this.#bytes = bytes;
  }

  get text(): string {
    return this.#bytes.toString("utf8");
  }

  /** The answer with this file, compressed where the request takes that. */
  async respond(request: Request, headers: Readonly<Record<string, string>>): Promise<Response> {
    const encoding = this.#encodingFor(request);
    const body = encoding === undefined ? this.#bytes : await this.#compress(encoding);
    return new Response(new Uint8Array(body), {
      headers: {
        "Content-Type": this.type,
        Vary: "Accept-Encoding",
        ...headers,
        ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
      },
    });
  }

  #encodingFor(request: Request): keyof typeof compressors | undefined {
    if (this.#bytes.length < leastCompressed || !compressible.test(this.type)) return undefined;
    const accepted = new Set(
      (request.headers.get("accept-encoding") ?? "")
        .split(",")
        .map((each) => each.trim().toLowerCase())
        .filter((each) => !/;\s*q=0(?:\.0*)?$/.test(each))
        .map((each) => each.split(";")[0]?.trim()),
    );
    return accepted.has("br") ? "br" : accepted.has("gzip") ? "gzip" : undefined;
  }

  #compress(encoding: keyof typeof compressors): Promise<Buffer> {
    const done = this.#compressed.get(encoding) ?? compressors[encoding](this.#bytes);
    this.#compressed.set(encoding, done);
    return done;
  }
}

/**
 * The files of the built page by their paths within it, such as `assets/page.js`.
 * @throws TurnkeepError `page_missing` where it has not been built.
 */
export async function readPageFiles(folder: URL = built): Promise<ReadonlyMap<string, PageFile>> {
  const place = fileURLToPath(folder);
  let paths: string[];
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        `${parentPath}/${name}`.replaceAll("\\", "/").slice(place.length).replace(/^\//, ""),
      );
  } catch (error) {
    throw missing(place, error);
  }
  if (!paths.includes("index.html")) throw missing(place, undefined);
  return new Map(
    await Promise.all(
      paths.map(async (path) => {
        const bytes = await readFile(new URL(path, folder));
        return [path, new PageFile(path, bytes)] as const;
      }),
    ),
  );
}

function missing(place: string, cause: unknown): TurnkeepError {
  return new TurnkeepError(
    "page_missing",
    `The chat page has not been built: there is no ${place}index.html. Build it: npm run build:web.`,
    { cause },
  );
}
