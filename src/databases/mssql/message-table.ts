import { type Kysely, sql } from "kysely";
import { messagesTable } from "../../sql/tables.ts";

/** The collation by which texts of UTF-16 compare unit by unit, but for spaces at their end. */
export const exactCollation = "Latin1_General_100_BIN2";

/** A text column that compares in another way than by {@link exactCollation}, or is of other texts. */
export interface InexactText {
  /** Its type, such as `varchar(36)`. */
  readonly type: string;
  readonly collation: string;
  /** Whether it holds any character; a `varchar` may have those of a code page alone. */
  readonly isUnicode: boolean;
}

/** How a column of times is kept that does not keep them to the microsecond. */
export interface CoarseTime {
  /** The SQL of a value that is stored, around its text to the microsecond: what is beyond is cut off. */
  readonly stored: readonly [before: string, after: string];
  /** The SQL of a value that is compared, around its text. */
  readonly compared: readonly [before: string, after: string];
  /** The least difference that is made between two times that are stored, in microseconds. */
  readonly step: number;
}

/** What is special about the table of messages, which others may have made. */
export interface MessageTable {
  readonly texts: ReadonlyMap<string, InexactText>;
  readonly times: ReadonlyMap<string, CoarseTime>;
}

/** The table as it is made here. */
export const ownMessageTable: MessageTable = { texts: new Map(), times: new Map() };

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  /** In bytes; -1 for a text of any length. */
  readonly length: number;
  readonly collation: string | null;
  /** How many digits a time has behind its seconds. */
  readonly scale: number;
}

const digitsOfMicroseconds = 6;
/** The length of a time's text without a fraction of a second and its point. */
const lengthOfSeconds = 19;

/** Looks at the table of messages of a schema; as it is made here where there is none. */
export async function inspectMessageTable(
  kysely: Kysely<unknown>,
  schema: string,
): Promise<MessageTable> {
  const { rows } = await sql<ColumnRow>`
    select name, type_name(system_type_id) as type, cast(max_length as int) as length,
      collation_name as collation, cast(scale as int) as scale
    from sys.columns
    where object_id = object_id(quotename(${schema}) + N'.' + quotename(${messagesTable}))`.execute(
    kysely,
  );
  const texts = new Map<string, InexactText>();
  const times = new Map<string, CoarseTime>();
  for (const row of rows) {
    const text = toText(row);
    if (text !== undefined) texts.set(row.name, text);
    const time = toTime(row);
    if (time !== undefined) times.set(row.name, time);
  }
  return { texts, times };
}

/** The least difference between two times of a table, in microseconds. */
export function stepOf({ times }: MessageTable): number {
  return Math.max(1, ...[...times.values()].map(({ step }) => step));
}

function toText({ type, length, collation }: ColumnRow): InexactText | undefined {
  if (collation === null) return undefined;
  const isDouble = type === "nvarchar" || type === "nchar";
  if (isDouble && collation === exactCollation) return undefined;
  const size = length < 0 ? "max" : String(isDouble ? length / 2 : length);
  return {
    type: `${type}(${size})`,
    collation,
    isUnicode: isDouble || /_UTF8$/i.test(collation),
  };
}

function toTime({ type, scale }: ColumnRow): CoarseTime | undefined {
  if (type === "datetime") {
    // It keeps three-hundredths of a second, of which every third is a whole hundredth.
    return {
      stored: ["cast(cast(left(", `, ${lengthOfSeconds + 3}) as datetime2(2)) as datetime)`],
      compared: ["cast(cast(left(", `, ${lengthOfSeconds + 4}) as datetime2(3)) as datetime)`],
      step: 10_000,
    };
  }
  if (type !== "datetime2" || scale >= digitsOfMicroseconds) return undefined;
  const length = scale === 0 ? lengthOfSeconds : lengthOfSeconds + 1 + scale;
  const cast = ["cast(left(", `, ${length}) as datetime2(${scale}))`] as const;
  return { stored: cast, compared: cast, step: 10 ** (digitsOfMicroseconds - scale) };
}
