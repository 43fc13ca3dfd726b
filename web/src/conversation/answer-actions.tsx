import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { formatTime, parseTime } from "../i18n/format.ts";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import { textOf } from "../wire/ui-message.ts";
import type { Entry } from "./entry.ts";
import { FeedbackForm } from "./feedback-form.tsx";

/** What can be done with an answer. */
export function AnswerActions(props: {
  readonly entry: Entry;
  readonly isLast: boolean;
  readonly onRegenerate: () => void;
}): JSX.Element {
  const { entry, isLast, onRegenerate } = props;
  const { conversation } = usePageState();
  const [isAsking, setAsking] = useState(false);
  const text = texts.value;
  const message = entry.message.value;
  const { createdAt, feedback, state } = message.metadata ?? {};
  const isIdle = conversation.value.isIdle;
  const hasText = textOf(message) !== "";
  const isBroken = state === "failed" || state === "interrupted";
  const isStored = entry.unsent.value === undefined && message.id !== "";

  const judge = async (value: "up" | "down"): Promise<void> => {
    const isTakenBack = feedback?.value === value;
    setAsking(value === "down" && !isTakenBack);
    await conversation.peek().giveFeedback(entry, isTakenBack ? null : { value });
  };
  return (
    <>
      <div class={isLast ? "message-actions last" : "message-actions"}>
        <Versions entry={entry} />
        {hasText && <CopyButton label={text.copyAnswer} text={() => textOf(message)} />}
        {isStored && hasText && !isBroken && (
          <>
            <IconButton
              icon="up"
              size={18}
              label={text.goodAnswer}
              pressed={feedback?.value === "up"}
              onClick={() => void judge("up")}
            />
            <IconButton
              icon="down"
              size={18}
              label={text.badAnswer}
              pressed={feedback?.value === "down"}
              onClick={() => void judge("down")}
            />
          </>
        )}
        {isStored && !isBroken && (
          <IconButton
            icon="again"
            size={18}
            label={text.regenerate}
            disabled={!isIdle}
            onClick={() => {
              onRegenerate();
              conversation.peek().regenerate(entry);
            }}
          />
        )}
        {createdAt !== undefined && isStored && (
          <time class="time" dateTime={parseTime(createdAt).toISOString()}>
            {formatTime(parseTime(createdAt))}
          </time>
        )}
      </div>
      {isAsking && <FeedbackForm entry={entry} close={() => setAsking(false)} />}
    </>
  );
}

/** The versions of the turn, and the way to another. */
function Versions({ entry }: { readonly entry: Entry }): JSX.Element | null {
  const { conversation } = usePageState();
  const text = texts.value;
  const { versions } = entry.message.value.metadata ?? {};
  if (versions === undefined || versions.ids.length < 2) return null;
  const { index, ids } = versions;
  const isIdle = conversation.value.isIdle;
  const go = (to: number) => (): void => {
    const id = ids[to];
    if (id !== undefined) void conversation.peek().select(id);
  };
  const label = text.version(index + 1, ids.length);
  return (
    <fieldset class="versions" aria-label={label}>
      <IconButton
        icon="left"
        size={16}
        label={text.previousVersion}
        disabled={!isIdle || index === 0}
        onClick={go(index - 1)}
      />
      <span aria-hidden="true">
        {index + 1}/{ids.length}
      </span>
      <IconButton
        icon="right"
        size={16}
        label={text.nextVersion}
        disabled={!isIdle || index === ids.length - 1}
        onClick={go(index + 1)}
      />
    </fieldset>
  );
}
