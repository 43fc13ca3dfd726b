import type {
  SessionChange,
  SessionIndex,
  SessionInfo,
  SessionsQuery,
} from "../session/session-index.ts";
import { changeSession } from "./operations/change-session.ts";
import { isOf, toInfo } from "./session-rows.ts";
import { newestPosition } from "./statements/message-list.ts";
import type { StoreDatabase } from "./store-database.ts";

/** The sessions in a database. */
export class SqlSessions implements Omit<SessionIndex, "getMessages"> {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  async listSessions({
    userId,
    before,
    limit,
    deleted = false,
  }: SessionsQuery): Promise<readonly SessionInfo[]> {
    const { list, listOfNobody } = this.#database.statements.sessions;
    const position =
      before === undefined ? newestPosition : { updatedAt: before.updatedAt, id: before.sessionId };
    const values = { ...position, limit, deleted };
    const rows = await this.#database.read(
      userId === undefined ? listOfNobody(values) : list({ ...values, userId }),
    );
    return rows.map(toInfo);
  }

  async getSession(
    sessionId: string,
    userId: string | undefined,
  ): Promise<SessionInfo | undefined> {
    const { session } = this.#database.statements.sessions;
    const rows = await this.#database.read(session({ sessionId }));
    return rows.filter((row) => isOf(row, userId)).map(toInfo)[0];
  }

  async updateSession(
    sessionId: string,
    userId: string | undefined,
    given: SessionChange,
  ): Promise<SessionInfo | undefined> {
    const change = { ...given };
    return this.#database.write({
      size: { rows: 1, characters: 0 },
      sessionId,
      run: (work) => changeSession(work, sessionId, userId, change),
    });
  }
}
