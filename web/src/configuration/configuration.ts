import type { LocalText } from "../i18n/language.ts";

/** A question that the page suggests. */
export interface Starter {
  readonly title: LocalText;
  readonly message: LocalText;
}

/** What files a message may bring along. */
export interface AttachmentLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxCount: number;
  /** As an `accept` attribute has it; empty: any. */
  readonly accept: string;
}

/** How whoever serves the page wants it. */
export interface Configuration {
  readonly title: LocalText;
  readonly logo: string | undefined;
  readonly welcome: LocalText | undefined;
  /** The starters, or those of each language. */
  readonly starters: readonly Starter[] | Readonly<Record<string, readonly Starter[]>>;
  readonly language: string | undefined;
  /** Undefined: no files. */
  readonly attachments: AttachmentLimits | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the configuration that stands in the page. What is not as it should be counts as absent. */
export function readConfiguration(): Configuration {
  const fields = parse(document.getElementById("configuration")?.textContent ?? "");
  return {
    title: toText(fields["title"]) ?? "turnkeep",
    logo: toLogo(fields["logo"]),
    welcome: toText(fields["welcome"]),
    starters: toStarters(fields["starters"]),
    language: typeof fields["language"] === "string" ? fields["language"] : undefined,
    attachments: toLimits(fields["attachments"]),
  };
}

function parse(text: string): Fields {
  try {
    return toFields(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}

function toFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

function toText(value: unknown): LocalText | undefined {
  if (typeof value === "string" && value !== "") return value;
  const fields = toFields(value);
  if (fields === undefined) return undefined;
  const entries = Object.entries(fields).filter(([, text]) => typeof text === "string");
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as LocalText);
}

/** The address of a picture on the page's own host, or one that is written out. */
function toLogo(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const url = URL.parse(value, location.href);
  if (url === null) return undefined;
  const isOwn = url.origin === location.origin || value.startsWith("data:image/");
  return isOwn ? url.href : undefined;
}

function toStarters(value: unknown): Configuration["starters"] {
  if (Array.isArray(value)) return value.flatMap(toStarter);
  const byLanguage = Object.entries(toFields(value) ?? {});
  return Object.fromEntries(
    byLanguage.map(([name, list]) => [name, Array.isArray(list) ? list.flatMap(toStarter) : []]),
  );
}

function toStarter(value: unknown): readonly Starter[] {
  const fields = toFields(value) ?? {};
  const message = toText(fields["message"]) ?? toText(value);
  if (message === undefined) return [];
  return [{ title: toText(fields["title"]) ?? message, message }];
}

function toLimits(value: unknown): AttachmentLimits | undefined {
  const fields = toFields(value);
  if (fields === undefined) return undefined;
  const { maxBytes, maxCount, accept } = fields;
  if (typeof maxBytes !== "number" || typeof maxCount !== "number" || maxCount < 1) {
    return undefined;
  }
  return { maxBytes, maxCount, accept: typeof accept === "string" ? accept : "" };
}
