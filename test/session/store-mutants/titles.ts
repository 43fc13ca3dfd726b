import type {
  SessionChange,
  SessionInfo,
  SessionsQuery,
} from "../../../src/session/session-index.ts";
import type { NewTurn } from "../../../src/session/turn-store.ts";
import { type SketchSession, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

type Infos = readonly SessionInfo[];

const firstQuestion = "a session is called by its first question until it is called otherwise";
const anyCase = "sessions are found by their titles, in letters of any case";
const asMany = "a search answers as many sessions as there are, however many lie between them";

/** Sessions that are called wrongly, or found by what they are not called. */
export const titleMutants: readonly StoreMutant[] = [
  {
    fault: "calls no session by its first question",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override toTitle(): undefined {}
    },
  },
  {
    fault: "cuts first questions at 80 UTF-16 units",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override toTitle(content: unknown): string | undefined {
        return super.toTitle(content)?.slice(0, 80);
      }
    },
  },
  {
    fault: "keeps the line breaks of a first question",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override toTitle(content: unknown): string | undefined {
        return typeof content === "string" ? content.slice(0, 80) || undefined : undefined;
      }
    },
  },
  {
    fault: "calls a session by the JSON of a question that is no text",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override toTitle(content: unknown): string | undefined {
        return super.toTitle(typeof content === "string" ? content : JSON.stringify(content));
      }
    },
  },
  {
    fault: "calls a session by its last question",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override useSession(
        sessionId: string,
        userId: string | undefined,
        question?: NewTurn["question"],
      ): SketchSession {
        const session = super.useSession(sessionId, userId, question);
        if (question !== undefined) session.title = this.toTitle(question.content);
        return session;
      }
    },
  },
  {
    fault: "calls a session anew whose title was taken away",
    caughtBy: firstQuestion,
    Store: class extends SketchStore {
      override changeTitle(session: SketchSession, change: SessionChange): void {
        super.changeTitle(session, change);
        session.title ??= "new";
      }
    },
  },
  {
    fault: "calls no session that another writer began",
    caughtBy: "a session that another writer began is called by the first question of a turn",
    Store: class extends SketchStore {
      override useSession(
        sessionId: string,
        userId: string | undefined,
        question?: NewTurn["question"],
      ): SketchSession {
        const isOthers = this.shelf.rows.some((row) => row.sessionId === sessionId);
        return super.useSession(sessionId, userId, isOthers ? undefined : question);
      }
    },
  },
  {
    fault: "finds titles in the case in which they are searched alone",
    caughtBy: anyCase,
    Store: class extends SketchStore {
      override fold(text: string): string {
        return text.normalize("NFKC");
      }
    },
  },
  {
    fault: "folds the case of ASCII alone in a search",
    caughtBy: anyCase,
    Store: class extends SketchStore {
      override fold(text: string): string {
        return text.normalize("NFKC").replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
      }
    },
  },
  {
    fault: "searches for patterns",
    caughtBy: anyCase,
    Store: class extends SketchStore {
      override isFound(session: SketchSession, search: string): boolean {
        return super.isFound(session, search.replaceAll(/[%_]/g, ""));
      }
    },
  },
  {
    fault: "finds sessions that have no title by their id",
    caughtBy: anyCase,
    Store: class extends SketchStore {
      override isFound(session: SketchSession, search: string): boolean {
        return super.isFound({ ...session, title: session.title ?? session.sessionId }, search);
      }
    },
  },
  {
    fault: "searches one page of the list alone",
    caughtBy: asMany,
    Store: class extends SketchStore {
      override async listSessions(query: SessionsQuery): Promise<Infos> {
        const { search, ...rest } = query;
        const page = await super.listSessions(rest);
        const found = await super.listSessions({ ...query, limit: 1000 });
        if (search === undefined) return page;
        return page.filter(({ sessionId }) => found.some((each) => each.sessionId === sessionId));
      }
    },
  },
  {
    fault: "searches the deleted sessions, too",
    caughtBy: asMany,
    Store: class extends SketchStore {
      override async listSessions(query: SessionsQuery): Promise<Infos> {
        const listed = await super.listSessions(query);
        if (query.search === undefined || query.deleted === true) return listed;
        return [...listed, ...(await super.listSessions({ ...query, deleted: true }))];
      }
    },
  },
];
