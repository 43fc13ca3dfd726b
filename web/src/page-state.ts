import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Configuration, readConfiguration } from "./configuration/configuration.ts";
import { Draft } from "./composer/draft.ts";
import { Conversation, type ConversationListener } from "./conversation/conversation.ts";
import { beginLanguage, localize, texts } from "./i18n/language.ts";
import { Markdown } from "./markdown/markdown.tsx";
import { announce } from "./notices/notices.ts";
import { newId } from "./route/new-id.ts";
import { nameSession, openedSession } from "./route/route.ts";
import { SessionList } from "./sessions/session-list.ts";
import { Tabs } from "./sessions/tabs.ts";
import { textOf, type UIMessage } from "./wire/ui-message.ts";

/** What the page's components share. */
export interface PageState {
  readonly configuration: Configuration;
  /** What answers is called so. */
  readonly name: ReadonlySignal<string>;
  readonly sessions: SessionList;
  /** The session that is shown. */
  readonly conversation: ReadonlySignal<Conversation>;
  /** What is being written in it. */
  readonly draft: ReadonlySignal<Draft>;
  /** Counts the turns that have ended: what shows stored data reads it again. */
  readonly turnsEnded: ReadonlySignal<number>;
  readonly isDataShown: Signal<boolean>;
  /** Whether the list of sessions lies over the page, where that has no room for both. */
  readonly isDrawerOpen: Signal<boolean>;
}

const PageContext = createContext<PageState | undefined>(undefined);

/** Gives the page's state to the components below it. */
export const { Provider: PageStateProvider } = PageContext;

export function usePageState(): PageState {
  const state = useContext(PageContext);
  if (state === undefined) throw new Error("There is no page state here.");
  return state;
}

/** Makes the page's state, of its configuration and its URL. */
export function beginPage(): PageState {
  const configuration = readConfiguration();
  beginLanguage(configuration.language);
  const name = computed(() => localize(configuration.title));
  const sessions = new SessionList();
  const turnsEnded = signal(0);

  const listener: ConversationListener = {
    begun({ sessionId }, question) {
      if (openedSession.peek() !== sessionId) {
        draft.peek().moveTo(sessionId);
        nameSession(sessionId);
      }
      sessions.put(sessionId, question === undefined ? "" : textOf(question));
      announce(texts.peek().answering);
    },
    received({ sessionId }) {
      tabs.tell(sessionId);
    },
    ended({ sessionId }, answer) {
      turnsEnded.value += 1;
      announce(toAnnouncement(answer));
      void sessions.refresh(sessionId);
      tabs.tell(sessionId);
    },
  };
  const conversation = signal(openConversation(listener));
  const draft = computed(() => {
    const { isNew, sessionId } = conversation.value;
    return new Draft(isNew ? undefined : sessionId);
  });
  const tabs = new Tabs((sessionId) => {
    void sessions.refresh();
    if (conversation.peek().sessionId !== sessionId) return;
    turnsEnded.value += 1;
    void conversation.peek().refresh();
  });

  effect(() => {
    const sessionId = openedSession.value;
    const shown = conversation.peek();
    if (sessionId === shown.sessionId) return;
    shown.close();
    conversation.value = openConversation(listener);
    if (sessionId !== undefined) void sessions.refresh(sessionId);
  });
  void sessions.refresh(openedSession.peek());
  if (openedSession.peek() !== undefined) Markdown.prepare();

  effect(() => {
    const { sessionId } = conversation.value;
    const title = sessions.titleOf(sessionId);
    document.title = title === undefined ? name.value : `${title} · ${name.value}`;
  });

  return {
    configuration,
    name,
    sessions,
    conversation,
    draft,
    turnsEnded,
    isDataShown: signal(false),
    isDrawerOpen: signal(false),
  };
}

function openConversation(listener: ConversationListener): Conversation {
  const sessionId = openedSession.peek();
  return new Conversation(sessionId ?? newId(), { isNew: sessionId === undefined, listener });
}

function toAnnouncement({ metadata }: UIMessage): string {
  const { answered, answerFailed, answerStopped } = texts.peek();
  if (metadata?.state === "stopped") return answerStopped;
  return metadata?.state === "failed" || metadata?.state === "interrupted"
    ? answerFailed
    : answered;
}
