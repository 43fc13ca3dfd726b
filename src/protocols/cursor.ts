import { z } from "zod";
import { TurnkeepError } from "../errors.ts";
import { maxIdLength } from "../session/session-store.ts";
import { formatTime, parseTime } from "../session/record-time.ts";
import { textProblem } from "../session/text-limits.ts";

/** A place in a list, as the list's last item tells it. */
export type Cursor = readonly (string | number)[];

/** What a cursor of each list holds: the list's name, and the place. */
interface Places {
  readonly sessions: readonly [list: "sessions", updatedAt: string, sessionId: string];
  readonly messages: readonly [list: "messages", updatedAt: string, id: string];
  readonly rows: readonly [list: "rows", updatedAt: string, id: string];
  readonly turns: readonly [list: "turns", number: number];
}

const time = z.string().refine(isTime);
const id = z.string().refine((text) => textProblem(text, maxIdLength) === undefined);

const forms: { readonly [List in keyof Places]: z.ZodType<Places[List]> } = {
  sessions: z.tuple([z.literal("sessions"), time, id]),
  messages: z.tuple([z.literal("messages"), time, id]),
  rows: z.tuple([z.literal("rows"), time, id]),
  turns: z.tuple([z.literal("turns"), z.int().min(1)]),
};

/** The longest cursor there is: of four bytes a character of an id, and some for the rest. */
const maxLength = 512;

/** The cursor behind an item of a list, as text that means nothing to whoever gets it. */
export function toCursor(list: keyof Places, ...place: Cursor): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString("base64url");
}

/**
 * What a cursor of the list holds.
 * @throws TurnkeepError `invalid_request` where it is not one that {@link toCursor} made for it.
 */
export function fromCursor<List extends keyof Places>(list: List, text: string): Places[List] {
  if (text.length <= maxLength) {
    const form: z.ZodType = forms[list];
    const parsed = form.safeParse(parse(text));
    // Only the one text that is made of these values, though others decode to them too.
    if (parsed.success && toCursor(list, ...(parsed.data as string[]).slice(1)) === text) {
      return parsed.data as Places[List];
    }
  }
  throw new TurnkeepError(
    "invalid_request",
    "The cursor is not one that this list gave: send a page's next_cursor as it is, or none for the first page.",
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function isTime(text: string): boolean {
  try {
    return formatTime(parseTime(text)) === text;
  } catch {
    return false;
  }
}
