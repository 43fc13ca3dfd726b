import type { TestDatabase } from "../src/sql/database-fixture.ts";
import { messageJSON, sessionDigits, sessionPrefix } from "./work.ts";

/** How a table of messages is filled. */
export interface Filling {
  /** How many sessions there are. */
  readonly sessions: number;
  /** How many turns of two messages each of them has. */
  readonly turns: number;
  /** The number of the first session; 0 by default. */
  readonly first?: number;
}

interface Dialect {
  readonly json: string;
  readonly time: string;
  /** The expression for the time that lies so many milliseconds behind the beginning of 2026. */
  readonly timeAt: (milliseconds: string) => string;
  /** A query of the whole numbers `i` from one to before another. */
  readonly numbers: (from: number, to: number) => string;
  /** A number as text, with zeros before it. */
  readonly padded: (number: string, length: number) => string;
  readonly settings?: readonly string[];
}

const dialects: Readonly<Record<string, Dialect>> = {
  sqlite: {
    json: "JSON",
    time: "DATETIME",
    timeAt: (milliseconds) =>
      `strftime('%Y-%m-%d %H:%M:%f', 1767225600 + (${milliseconds}) / 1000.0, 'unixepoch') || '000'`,
    numbers: (from, to) =>
      `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to - 1}) select i from n`,
    padded: (number, length) => `printf('%0${length}d', ${number})`,
  },
  postgresql: {
    json: "JSON",
    time: "TIMESTAMP WITHOUT TIME ZONE",
    timeAt: (milliseconds) =>
      `timestamp '2026-01-01' + (${milliseconds}) * interval '1 millisecond'`,
    numbers: (from, to) => `select i from generate_series(${from}, ${to - 1}) as i`,
    padded: (number, length) => `lpad((${number})::text, ${length}, '0')`,
  },
  mysql: {
    json: "JSON",
    time: "DATETIME(6)",
    timeAt: (milliseconds) =>
      `timestampadd(microsecond, (${milliseconds}) * 1000, '2026-01-01 00:00:00')`,
    numbers: (from, to) =>
      `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to - 1}) select i from n`,
    padded: (number, length) => `lpad(${number}, ${length}, '0')`,
    settings: ["set max_recursive_iterations = 4294967295"],
  },
};

const table = "appbuilder_session_messages";
/** How many rows a statement inserts. */
const rowsAtOnce = 100_000;
const idLength = 36;
/** How far two turns of a session lie apart, in milliseconds. */
const pause = 60_000;

/**
 * Makes the table of messages as the Python original makes it, and fills it in the order in which
 * turns of all sessions come one after another. It has no index but its key's.
 */
export async function makeMessageTable(
  database: TestDatabase,
  name: string,
  filling: Filling,
): Promise<void> {
  const { json, time } = dialectOf(name);
  await database.execute(
    `create table ${table} (id varchar(36) not null, session_id varchar(36) not null, request_id varchar(36) not null, message_key varchar(128) not null, message_value ${json} not null, created_at ${time} not null, updated_at ${time} not null, deleted boolean not null, primary key (id))`,
  );
  await fill(database, name, filling);
}

/** Adds the messages of sessions to the table. */
export async function fill(
  database: TestDatabase,
  name: string,
  { sessions, turns, first = 0 }: Filling,
): Promise<void> {
  const { timeAt, numbers, padded, settings = [] } = dialectOf(name);
  const rows = sessions * turns * 2;
  const turn = name === "mysql" ? `(i div ${sessions * 2})` : `(i / ${sessions * 2})`;
  const session = `${first} + ${name === "mysql" ? `(i div 2) % ${sessions}` : `(i / 2) % ${sessions}`}`;
  const id = text(name, `'${String(first).padStart(8, "0")}-'`, padded("i", idLength - 9));
  const timeOf = timeAt(`${turn} * ${pause} + i % 2`);
  const value = `'${messageJSON().replaceAll("'", "''")}'`;
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const end = Math.min(rows, start + rowsAtOnce);
    const source = numbers(start, end);
    const selected = source.replace(
      /select i from/,
      () =>
        `select ${id}, ${text(name, `'${sessionPrefix}'`, padded(session, sessionDigits))}, ${id}, case i % 2 when 0 then 'query' else 'answer' end, ${value}, ${timeOf}, ${timeOf}, false from`,
    );
    await database.execute(...settings, `insert into ${table} ${selected}`);
  }
}

/** Makes the index that the floor reads by, and the table of its turns. */
export async function prepareFloor(database: TestDatabase, name: string): Promise<void> {
  const { json, time } = dialectOf(name);
  await database.execute(
    `create index floor_history on ${table} (session_id, message_key, updated_at, id)`,
    `create table floor_turns (request_id varchar(36) primary key, session_id varchar(36) not null, state varchar(11) not null, question ${json} not null, created_at ${time} not null, ended_at ${time})`,
  );
}

/** Tells the database to look at what it has, as it does by itself after a while. */
export async function analyze(database: TestDatabase, name: string): Promise<void> {
  if (name === "postgresql") await database.execute(`vacuum analyze ${table}`);
  if (name === "mysql") await database.execute(`analyze table ${table}`);
}

function text(name: string, ...parts: readonly string[]): string {
  return name === "mysql" ? `concat(${parts.join(", ")})` : parts.join(" || ");
}

function dialectOf(name: string): Dialect {
  const dialect = dialects[name];
  if (dialect === undefined) throw new Error(`There is no filling a table of ${name}.`);
  return dialect;
}
