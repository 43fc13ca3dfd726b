import { describe, TurnkeepError } from "../../errors.ts";

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what a page of another origin asks for in the name of whoever looks at it: a browser
 * would send this origin's cookie along. Programs, which say nothing of an origin, are let in.
 * @throws TurnkeepError `origin_refused`, for methods that may change something.
 */
export function requireSameOrigin(request: Request): void {
  const { method, headers } = request;
  if (safeMethods.has(method)) return;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  // Browsers say so of every request, but not on plain HTTP.
  const isSame =
    site === null
      ? origin === null || hostsOf(request).includes(hostOf(origin))
      : site === "same-origin" || site === "none";
  if (isSame) return;
  throw new TurnkeepError(
    "origin_refused",
    `A page of ${origin === null ? "another origin" : describe(origin)} may not ask for this. Ask from the page that this server shows; where a proxy stands between, let it pass the header Host or X-Forwarded-Host as the browser sends it.`,
  );
}

/** How this server may be called in the browser's address. */
function hostsOf({ url, headers }: Request): (string | undefined)[] {
  const forwarded = headers.get("x-forwarded-host")?.split(",")[0]?.trim();
  return [headers.get("host") ?? new URL(url).host, forwarded];
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return "";
  }
}
