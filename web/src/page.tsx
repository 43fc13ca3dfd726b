import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Composer } from "./composer/composer.tsx";
import { lazy } from "./controls/lazy.tsx";
import { ConversationView } from "./conversation/conversation-view.tsx";
import { texts } from "./i18n/language.ts";
import { Header } from "./layout/header.tsx";
import { hasKeyboard, hasRoomForSessions } from "./layout/media.ts";
import { NoticeList } from "./notices/notice-list.tsx";
import { type PageState, usePageState } from "./page-state.ts";
import { open, openedSession } from "./route/route.ts";
import { SessionPanel } from "./sessions/session-panel.tsx";
import { toCommand } from "./settings/keys.ts";

const DataPanel = lazy(async () => (await import("./data-panel/data-panel.tsx")).DataPanel);

/** The whole page. */
export function Page(): JSX.Element {
  const state = usePageState();
  const { isDataShown } = state;
  useKeys(state);
  useFocus(state);
  return (
    <>
      <a class="skip" href="#message" onClick={focusMessage}>
        {texts.value.skipToMessage}
      </a>
      <div class={isDataShown.value ? "page with-data" : "page"}>
        <SessionPanel />
        <main class="main">
          <Header />
          <ConversationView />
          <Composer />
        </main>
        {isDataShown.value && <DataPanel />}
      </div>
      <NoticeList />
    </>
  );
}

function focusMessage(event?: Event): void {
  event?.preventDefault();
  document.getElementById("message")?.focus();
}

/** The page's keys, wherever the focus is; where a dialog is open, they are the dialog's. */
function useKeys({ conversation, isDrawerOpen }: PageState): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const command = toCommand(event);
      const isDialogOpen = document.querySelector("dialog[open]") !== null;
      if (command === undefined || event.defaultPrevented || isDialogOpen) return;
      if (command === "stop") {
        void conversation.peek().stop();
        return;
      }
      event.preventDefault();
      if (command === "new-chat") {
        open(undefined);
        focusMessage();
        return;
      }
      const focusSearch = (): void => document.getElementById("search")?.focus();
      if (hasRoomForSessions.peek()) focusSearch();
      else {
        isDrawerOpen.value = true;
        requestAnimationFrame(focusSearch);
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [conversation, isDrawerOpen]);
}

/** With another session the focus goes to its title, or to the message of a new one. */
function useFocus({ conversation }: PageState): void {
  const { sessionId } = conversation.value;
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement === null) return;
    const isNew = openedSession.peek() === undefined && hasKeyboard.peek();
    document.getElementById(isNew ? "message" : "title")?.focus({ preventScroll: true });
  }, [sessionId]);
}
