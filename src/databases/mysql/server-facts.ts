import type { ServerConnection } from "../../sql/server/connection-pool.ts";

/** What a server is and how it stands, as it was when a connection was made. */
export interface ServerFacts {
  readonly isMariaDB: boolean;
  /** The collation by which texts compare byte by byte, with the spaces at their end. */
  readonly exactCollation: string;
  /** The longest command that it takes, in bytes. */
  readonly maxPacket: number;
  readonly takesWrites: boolean;
  /** Whether it is a node of a Galera cluster. */
  readonly isNode: boolean;
  /** Whether it is a node that has all that its cluster has, and may be asked. */
  readonly isReady: boolean;
  /** Whether it is a node that others catch up from, and is behind meanwhile. */
  readonly isBehind: boolean;
}

/** Executes a statement without values and answers its rows. */
export type Ask = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A connection that knows its server. */
export interface KnownConnection extends ServerConnection {
  readonly facts: ServerFacts;
}

// The state of a node that has all that the cluster has.
const synced = 4;

/** Asks a server what it is, in a way that every one of them understands. */
export async function findServerFacts(ask: Ask): Promise<ServerFacts> {
  const variables = toMap(
    await ask(
      "show variables where variable_name in ('version', 'max_allowed_packet', 'read_only', 'wsrep_on')",
    ),
  );
  const isMariaDB = /mariadb/i.test(variables.get("version") ?? "");
  const isNode = isOn(variables.get("wsrep_on"));
  const status = isNode
    ? toMap(await ask("show status where variable_name in ('wsrep_ready', 'wsrep_local_state')"))
    : new Map<string, string>();
  return {
    isMariaDB,
    exactCollation: isMariaDB ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin",
    maxPacket: Number(variables.get("max_allowed_packet") ?? 16_777_216),
    takesWrites: !isOn(variables.get("read_only")),
    isNode,
    isReady: !isNode || isOn(status.get("wsrep_ready")),
    isBehind: isNode && Number(status.get("wsrep_local_state")) !== synced,
  };
}

function toMap(rows: Awaited<ReturnType<Ask>>): ReadonlyMap<string, string> {
  return new Map(
    rows.map((row) => {
      const [name, value] = Object.values(row);
      return [String(name).toLowerCase(), String(value)];
    }),
  );
}

function isOn(value: string | undefined): boolean {
  return value === "ON" || value === "1";
}
