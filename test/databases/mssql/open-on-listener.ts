import type { OpenDatabase } from "../../../src/sql/database.ts";
import { openDatabase } from "../../../src/sql/find-database.ts";
import type { SentStatement } from "./tds-requests.ts";
import { type Reply, startTdsListener, type TdsListener } from "./tds-listener.ts";
import type { Row } from "./tds-tokens.ts";

/** What the server says of itself, and of a column of the table of messages. */
export interface ServerRows {
  readonly updateability?: "READ_WRITE" | "READ_ONLY";
  /** As `SERVERPROPERTY('EngineEdition')` has it; 3 is the edition that makes indexes online. */
  readonly edition?: number;
  readonly messageColumns?: readonly Row[];
}

/** Answers what is asked when a database is opened. */
export function asServer(
  { updateability = "READ_WRITE", edition = 3, messageColumns = [] }: ServerRows,
  reply?: (statement: SentStatement) => Reply | undefined,
): (statement: SentStatement) => Reply | undefined {
  return (statement) => {
    const { text } = statement;
    if (text.includes("serverproperty")) {
      return { rows: [{ schema: "dbo", updateability, edition }] };
    }
    if (text.includes("sp_getapplock")) return { rows: [{ result: 0 }] };
    if (text.includes("type_name(system_type_id)")) return { rows: messageColumns };
    return reply?.(statement);
  };
}

/** A database that is open on a listener. Disposing of it closes both. */
export interface ListenedDatabase extends AsyncDisposable {
  readonly listener: TdsListener;
  readonly database: OpenDatabase;
}

/** Opens a database on a listener of its own, and forgets what was asked for that. */
export async function openOnListener(
  rows: ServerRows = {},
  reply?: (statement: SentStatement) => Reply | undefined,
  options = "",
): Promise<ListenedDatabase> {
  const listener = await startTdsListener({ reply: asServer(rows, reply) });
  const database = await openDatabase(urlOf(listener, options));
  listener.statements.length = 0;
  return {
    listener,
    database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

/** The URL of a database on a listener. */
export function urlOf({ port }: TdsListener, options = ""): string {
  return `mssql://user:hunter2@127.0.0.1:${port}/chat?tls=off${options}`;
}
