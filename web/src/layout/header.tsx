import type { JSX } from "preact";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import { SessionLink } from "../route/session-link.tsx";
import { SessionMenu } from "../sessions/session-menu.tsx";
import { hasRoomForSessions } from "./media.ts";

/** The bar above the conversation: its title, and what can be done with it. */
export function Header(): JSX.Element {
  const { conversation, isDataShown, isDrawerOpen, sessions } = usePageState();
  const { sessionId, entries } = conversation.value;
  const text = texts.value;
  const hasMessages = entries.value.length > 0;
  const title = sessions.titleOf(sessionId) ?? (hasMessages ? text.untitled : text.newChat);
  const isWide = hasRoomForSessions.value;
  return (
    <header class="header">
      {!isWide && (
        <IconButton
          icon="menu"
          label={text.openSessions}
          popup="dialog"
          expanded={isDrawerOpen.value}
          onClick={() => {
            isDrawerOpen.value = true;
          }}
        />
      )}
      <h1 id="title" tabIndex={-1}>
        {title}
      </h1>
      {!isWide && hasMessages && (
        <SessionLink class="icon-button" sessionId={undefined} label={text.newChat}>
          <Icon name="plus" />
        </SessionLink>
      )}
      {hasMessages && (
        <>
          <IconButton
            icon="data"
            label={isDataShown.value ? text.hideData : text.showData}
            expanded={isDataShown.value}
            onClick={() => {
              isDataShown.value = !isDataShown.peek();
            }}
          />
          <SessionMenu sessionId={sessionId} title={title} />
        </>
      )}
    </header>
  );
}
