import type { ComponentChildren, JSX } from "preact";
import { texts } from "../i18n/language.ts";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { usePageState } from "../page-state.ts";
import { SessionLink } from "../route/session-link.tsx";
import { Answer } from "./answer.tsx";
import { Question } from "./question.tsx";
import { usePinnedScroll } from "./pinned-scroll.ts";
import { Welcome } from "./welcome.tsx";

/** The messages of the session that is shown, or what there is instead. */
export function ConversationView(): JSX.Element {
  const { conversation } = usePageState();
  const { sessionId, entries, isLoading, trouble } = conversation.value;
  const { area, content, isPinned, pin } = usePinnedScroll(sessionId);
  const isEmpty = entries.value.length === 0;
  return (
    <div class="conversation-place">
      <section class="conversation" ref={area} aria-label={texts.value.conversation} tabIndex={0}>
        <div class="conversation-content" ref={content}>
          {trouble.value !== undefined && <TroubleNote />}
          {isEmpty && trouble.value === undefined && (isLoading.value ? <Skeleton /> : <Welcome />)}
          {!isEmpty && <Messages />}
        </div>
      </section>
      {!isPinned && !isEmpty && (
        <IconButton icon="toNewest" class="to-newest" label={texts.value.toNewest} onClick={pin} />
      )}
    </div>
  );
}

function Messages(): JSX.Element {
  const { conversation } = usePageState();
  const { cursor, entries, isLoading } = conversation.value;
  return (
    <>
      {cursor.value !== null && (
        <button
          type="button"
          class="button earlier"
          disabled={isLoading.value}
          onClick={() => void conversation.peek().showEarlier()}
        >
          {texts.value.earlierMessages}
        </button>
      )}
      {entries.value.map((entry) =>
        entry.role === "user" ? (
          <Question key={entry.key} entry={entry} />
        ) : (
          <Answer key={entry.key} entry={entry} isLast={entry === entries.value.at(-1)} />
        ),
      )}
    </>
  );
}

function Skeleton(): JSX.Element {
  return (
    <output class="skeleton" aria-label={texts.value.loading}>
      <span />
      <span />
      <span />
      <span />
    </output>
  );
}

function TroubleNote(): JSX.Element | null {
  const { conversation } = usePageState();
  const trouble = conversation.value.trouble.value;
  const text = texts.value;
  if (trouble === undefined) return null;
  if (trouble.kind === "missing") {
    return (
      <Note title={text.missingTitle} text={text.missingText}>
        <SessionLink class="button primary" sessionId={undefined}>
          {text.newChat}
        </SessionLink>
      </Note>
    );
  }
  const reason = trouble.kind === "refused" ? trouble.reason : text.noConnection;
  return (
    <Note title={text.conversationFailed} text={reason}>
      <button type="button" class="button primary" onClick={() => conversation.peek().reopen()}>
        {text.retry}
      </button>
    </Note>
  );
}

function Note(props: {
  readonly title: string;
  readonly text: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="trouble" role="alert">
      <Icon name="warning" size={28} />
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}
