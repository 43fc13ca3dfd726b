import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import { SessionLink } from "../route/session-link.tsx";
import type { Session } from "../wire/sessions.ts";
import { groupByPeriod } from "./group.ts";
import { SessionMenu } from "./session-menu.tsx";

/** The sessions, by when they were used last. */
export function SessionGroups({
  onOpen,
}: {
  readonly onOpen?: (() => void) | undefined;
}): JSX.Element {
  const { sessions } = usePageState();
  const text = texts.value;
  const search = sessions.search.value.trim();
  if (sessions.state.value === "failed") {
    return (
      <div class="sessions-note">
        <p>{text.sessionsFailed}</p>
        <button type="button" class="button" onClick={() => void sessions.refresh()}>
          {text.retry}
        </button>
      </div>
    );
  }
  if (sessions.sessions.value.length === 0) {
    if (sessions.state.value === "loading") return <div class="sessions-note" />;
    return (
      <p class="sessions-note">{search === "" ? text.noSessions : text.noSessionsFound(search)}</p>
    );
  }
  return (
    <>
      {groupByPeriod(sessions.sessions.value).map((group) => (
        <section key={group.period} aria-labelledby={`period-${group.period}`}>
          <h3 class="period" id={`period-${group.period}`}>
            {text[group.period]}
          </h3>
          <ul class="session-list">
            {group.sessions.map((session) => (
              <Item key={session.session_id} session={session} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      ))}
      {sessions.cursor.value !== null && <More key={sessions.cursor.value} />}
    </>
  );
}

function Item(props: {
  readonly session: Session;
  readonly onOpen: (() => void) | undefined;
}): JSX.Element {
  const { conversation, sessions } = usePageState();
  const { session_id: sessionId } = props.session;
  const isCurrent = conversation.value.sessionId === sessionId;
  const name = sessions.titleOf(sessionId) ?? texts.value.untitled;
  return (
    <li class="session">
      <SessionLink
        class="session-link"
        sessionId={sessionId}
        isCurrent={isCurrent}
        onOpen={props.onOpen}
      >
        {name}
      </SessionLink>
      <SessionMenu sessionId={sessionId} title={name} />
    </li>
  );
}

/** Reads the next page as soon as it is seen, or on request. */
function More(): JSX.Element {
  const { sessions } = usePageState();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const { current } = button;
    if (current === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void sessions.showMore();
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [sessions]);
  return (
    <button ref={button} type="button" class="button more" onClick={() => void sessions.showMore()}>
      {texts.value.moreSessions}
    </button>
  );
}
