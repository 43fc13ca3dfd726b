import type { Kysely } from "kysely";
import { type SessionRow, sessionsTable, type Tables, turnsTable } from "../tables.ts";
import type { ListPosition } from "./message-list.ts";
import { isAnyOf, PlacedValues, SharedStatement } from "./shared-statement.ts";
import { type Argument, prepare, type Statement } from "./statement.ts";

interface OfSession {
  readonly sessionId: string;
}

interface Used extends OfSession {
  readonly time: string;
}

interface ListValues extends ListPosition {
  readonly deleted: boolean;
  readonly limit: number;
}

/** The statements on the table of sessions, each compiled once. */
export class SessionStatements {
  readonly session: Statement<OfSession, SessionRow>;
  /** A user's sessions, the most recently used first, behind a position. */
  readonly list: Statement<ListValues & { readonly userId: string }, SessionRow>;
  /** Like `list`, of the sessions that belong to nobody. */
  readonly listOfNobody: Statement<ListValues, SessionRow>;
  /** Locks the row of a session, where there is one; undefined where nothing needs to be locked. */
  readonly lock: SharedStatement<OfSession, LockedRow> | undefined;
  /** Locks the row of the session of a turn; undefined where nothing needs to be locked. */
  readonly lockOfTurn: Statement<{ readonly requestId: string }, LockedRow> | undefined;
  /** Inserts a session with its first turn. */
  readonly insert: Statement<
    OfSession &
      Pick<SessionRow, "title"> & { readonly userId: string | null; readonly createdAt: string },
    unknown
  >;
  /** Counts one turn more. */
  readonly countTurn: SharedStatement<
    Used & { readonly number: number; readonly liveFrom: number }
  >;
  /** Notes that a turn has begun or ended. */
  readonly setUsed: SharedStatement<Used>;
  readonly setLastTime: SharedStatement<Used>;
  /** Sets the end of the chosen path. */
  readonly setHead: Statement<OfSession & { readonly head: number }, unknown>;
  readonly setTitle: Statement<OfSession & { readonly title: string | null }, unknown>;
  readonly setDeleted: Statement<OfSession & { readonly deleted: boolean }, unknown>;
  /** Takes the row of a session away. */
  readonly remove: Statement<OfSession, unknown>;
  /** Asks for every column, and at most one row. */
  readonly probe: Statement<object, SessionRow>;

  constructor(kysely: Kysely<Tables>, locksRows: boolean) {
    this.lock = locksRows
      ? new SharedStatement<OfSession, LockedRow>({
          // In one order, so that two who lock several do not wait for each other.
          build: (places) =>
            selectLocked(kysely)
              .where(isAnyOf("session_id", places, "sessionId"))
              .$if(places.length > 1, (query) => query.orderBy("session_id")),
          answers: (row, values) => row.session_id === values.sessionId,
        })
      : undefined;
    this.lockOfTurn = locksRows ? prepareLockOfTurn(kysely) : undefined;
    this.session = prepare((argument) =>
      kysely
        .selectFrom(sessionsTable)
        .select(columns)
        .where("session_id", "=", argument("sessionId")),
    );
    this.list = prepare((argument) =>
      selectList(kysely, argument).where("user_id", "=", argument("userId")),
    );
    this.listOfNobody = prepare((argument) =>
      selectList(kysely, argument).where("user_id", "is", null),
    );
    this.insert = prepare((argument) =>
      kysely.insertInto(sessionsTable).values({
        session_id: argument("sessionId"),
        user_id: argument("userId"),
        title: argument("title"),
        turn_count: 1,
        live_from: 1,
        created_at: argument("createdAt"),
        updated_at: argument("createdAt"),
        last_time: argument("createdAt"),
        deleted: false,
      } as never),
    );
    const update = (argument: Argument<OfSession>) =>
      kysely.updateTable(sessionsTable).where("session_id", "=", argument("sessionId"));
    this.countTurn = updateShared(kysely, (values) => ({
      turn_count: values.of("turn_count", "number"),
      live_from: values.of("live_from", "liveFrom"),
      updated_at: values.of("updated_at", "time"),
      last_time: values.of("last_time", "time"),
    }));
    this.setUsed = updateShared(kysely, (values) => ({
      updated_at: values.of("updated_at", "time"),
      last_time: values.of("last_time", "time"),
    }));
    this.setLastTime = updateShared(kysely, (values) => ({
      last_time: values.of("last_time", "time"),
    }));
    this.setHead = prepare((argument) => update(argument).set({ head: argument("head") }));
    this.setTitle = prepare((argument) => update(argument).set({ title: argument("title") }));
    this.setDeleted = prepare((argument) => update(argument).set({ deleted: argument("deleted") }));
    this.remove = prepare((argument) =>
      kysely.deleteFrom(sessionsTable).where("session_id", "=", argument("sessionId")),
    );
    this.probe = prepare(() => kysely.selectFrom(sessionsTable).select(columns).limit(1));
  }
}

const columns = [
  "session_id",
  "user_id",
  "title",
  "turn_count",
  "live_from",
  "created_at",
  "updated_at",
  "last_time",
  "deleted",
  "head",
] as const satisfies readonly (keyof SessionRow)[];

type LockedRow = Pick<SessionRow, "session_id">;

function selectLocked(kysely: Kysely<Tables>) {
  return kysely.selectFrom(sessionsTable).select("session_id").forUpdate();
}

/** Sets columns of the session of each place. */
function updateShared<Values extends OfSession>(
  kysely: Kysely<Tables>,
  toColumns: (values: PlacedValues<Values>) => Readonly<Record<string, unknown>>,
): SharedStatement<Values> {
  return new SharedStatement<Values>({
    build: (places) =>
      kysely
        .updateTable(sessionsTable)
        .set(toColumns(new PlacedValues("session_id", places, "sessionId")) as never)
        .where(isAnyOf("session_id", places, "sessionId")),
  });
}

function prepareLockOfTurn(kysely: Kysely<Tables>): SessionStatements["lockOfTurn"] {
  return prepare((argument) =>
    selectLocked(kysely).where(
      "session_id",
      "=",
      kysely
        .selectFrom(turnsTable)
        .select("session_id")
        .where("request_id", "=", argument("requestId"))
        .$asScalar(),
    ),
  );
}

function selectList(kysely: Kysely<Tables>, argument: Argument<ListValues>) {
  return kysely
    .selectFrom(sessionsTable)
    .select(columns)
    .where("deleted", "=", argument("deleted"))
    .where("updated_at", "<=", argument("updatedAt"))
    .where((row) =>
      row.or([
        row("updated_at", "<", argument("updatedAt")),
        row("session_id", "<", argument("id")),
      ]),
    )
    .orderBy("updated_at", "desc")
    .orderBy("session_id", "desc")
    .limit(argument("limit"));
}
