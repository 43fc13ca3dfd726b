import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import type { AttachmentLimits } from "../../protocols/protocol.ts";

/** A text of the page: the same for all, or one for each language. */
export type PageText = string | { readonly "zh-CN": string; readonly en: string };

/** A question that the page offers to begin with: as it is shown, and as it is sent. */
export interface PageStarter {
  readonly title: string;
  readonly message: string;
}

/** Questions to begin with, each as it is shown and sent, or as both differ. */
export type PageStarters = readonly (string | PageStarter)[];

/** How the chat page looks. Texts are shown as they are, never as HTML. */
export interface PageOptions {
  /** What the page is called: `turnkeep` by default. */
  readonly title?: PageText;
  /** A small picture beside the title: a `data:` URL of an image, or a path on this server. */
  readonly logo?: string;
  /** What greets whoever begins a session: up to 2,000 characters. */
  readonly welcome?: PageText;
  /** Questions to begin with, up to 12; the same for all, or some for each language. */
  readonly starters?: PageStarters | { readonly "zh-CN": PageStarters; readonly en: PageStarters };
  /** Colours, as `#rrggbb`: `accent` is that of buttons and links. */
  readonly colors?: { readonly accent?: string };
  /** The language it begins in: that of the browser (`auto`) by default. */
  readonly language?: "auto" | "zh-CN" | "en";
  /** What can be attached to a message; nothing where `maxCount` is 0. */
  readonly attachments?: {
    /** How large all attachments of a message may be together, in bytes: 10 MiB by default. */
    readonly maxBytes?: number;
    /** How many a message may have: 10 by default. */
    readonly maxCount?: number;
    /** Which kinds, as the attribute `accept` of HTML's file input has them; all by default. */
    readonly accept?: string;
  };
  /**
   * Which origins may show the page in a frame, such as `https://example.com`: only its own by
   * default.
   */
  readonly frameAncestors?: readonly string[];
}

/** The options of a page, with what was left out. */
export interface WholePageOptions {
  readonly title: PageText;
  readonly logo?: string | undefined;
  readonly welcome?: PageText | undefined;
  readonly starters: WholeStarters;
  readonly colors: { readonly accent?: string | undefined };
  readonly language: "auto" | "zh-CN" | "en";
  readonly attachments: AttachmentLimits;
  readonly frameAncestors: readonly string[];
}

type WholeStarters =
  | readonly PageStarter[]
  | { readonly "zh-CN": readonly PageStarter[]; readonly en: readonly PageStarter[] };

/** What a message may bring along where nothing else is said. */
export const defaultAttachments: AttachmentLimits = {
  maxBytes: 10 * 1024 * 1024,
  maxCount: 10,
  accept: "",
};

const max = { title: 100, welcome: 2000, starter: 2000, starters: 12, logo: 100_000 } as const;

const perLanguage = <Value extends z.ZodType>(value: Value) =>
  z.union([value, z.strictObject({ "zh-CN": value, en: value })]);
const text = (longest: number) => z.string().min(1).max(longest);
const starter = z.union([
  text(max.starter).transform((message) => ({ title: message, message })),
  z.strictObject({ title: text(max.title), message: text(max.starter) }),
]);
const size = z.int().min(0);

const form: z.ZodType<WholePageOptions> = z.strictObject({
  title: perLanguage(text(max.title)).default("turnkeep"),
  logo: z
    .string()
    .max(max.logo)
    .regex(/^(?:data:image\/|(?![a-z][a-z\d+.-]*:|\/\/))/i)
    .optional(),
  welcome: perLanguage(text(max.welcome)).optional(),
  starters: perLanguage(z.array(starter).max(max.starters)).default([]),
  colors: z
    .strictObject({
      accent: z
        .string()
        .regex(/^#[\da-f]{6}$/i)
        .optional(),
    })
    .default({}),
  language: z.enum(["auto", "zh-CN", "en"]).default("auto"),
  attachments: z
    .strictObject({
      maxBytes: size.default(defaultAttachments.maxBytes),
      maxCount: size.max(100).default(defaultAttachments.maxCount),
      accept: z.string().max(1000).default(defaultAttachments.accept),
    })
    .prefault({}),
  frameAncestors: z
    .array(z.string().regex(/^https?:\/\/[\w.*:[\]-]+$/))
    .max(100)
    .default([]),
});

const texts = (longest: number): string =>
  `a text of 1 to ${longest} characters, or { "zh-CN": ..., en: ... } with one for each language`;

/** What each option must be, to be read after its name. */
const musts: Readonly<Record<keyof PageOptions, string>> = {
  title: texts(max.title),
  logo: `a data: URL of an image, of up to ${max.logo} characters, or a path on this server`,
  welcome: texts(max.welcome),
  starters: `a list of up to ${max.starters} texts or { title, message }, or { "zh-CN": ..., en: ... } with one for each language`,
  colors: "{ accent } with a colour such as #0b57d0",
  language: "auto, zh-CN or en",
  attachments:
    "{ maxBytes, maxCount, accept }: whole numbers from 0, maxCount up to 100, and a text",
  frameAncestors: "a list of origins such as https://example.com",
};

/**
 * Checks a page's options and adds what they leave out.
 * @throws TurnkeepError `invalid_argument` naming the option that is wrong.
 */
export function toWholePageOptions(options: PageOptions): WholePageOptions {
  const parsed = form.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.path[0];
  if (typeof name === "string" && name in musts) {
    const option = name as keyof PageOptions;
    throw new TurnkeepError(
      "invalid_argument",
      `The option page.${option} must be ${musts[option]}, but it is ${describe(options[option])}.`,
    );
  }
  throw new TurnkeepError(
    "invalid_argument",
    issue?.code === "unrecognized_keys"
      ? `The page has no option ${describe(issue.keys[0])}: it has ${Object.keys(musts).join(", ")}.`
      : `The option page must be an object, but it is ${describe(options)}.`,
  );
}
