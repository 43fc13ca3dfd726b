import { titleHolds } from "../session/session-title.ts";
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

/** How many sessions a search reads at once, at the most. */
const searchedAtOnce = 1000;

/** The sessions in a database. */
export class SqlSessions implements Omit<SessionIndex, "getMessages" | "getRows"> {
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  async listSessions({
    userId,
    before,
    limit,
    deleted = false,
    search,
  }: SessionsQuery): Promise<readonly SessionInfo[]> {
    if (search === undefined) return this.#list(userId, before, limit, deleted);
    const found: SessionInfo[] = [];
    let last = before;
    // A search that finds much reads little, and one that finds little asks seldom.
    for (let size = limit; found.length < limit; size = Math.min(size * 2, searchedAtOnce)) {
      const page = await this.#list(userId, last, size, deleted);
      // No two databases fold the letters of all scripts alike.
      found.push(...page.filter(({ title }) => titleHolds(title, search)));
      last = page.at(-1);
      if (page.length < size) break;
    }
    return found.slice(0, limit);
  }

  async #list(
    userId: string | undefined,
    before: SessionsQuery["before"],
    limit: number,
    deleted: boolean,
  ): Promise<readonly SessionInfo[]> {
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
