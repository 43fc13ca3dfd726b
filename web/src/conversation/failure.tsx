import type { JSX } from "preact";
import { Icon } from "../controls/icon.tsx";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import type { Entry } from "./entry.ts";
import { questionOf } from "./outbox.ts";

/** Why there is no whole answer, and what can be done. */
export function Failure(props: { readonly entry: Entry; readonly isLast: boolean }): JSX.Element {
  const { entry, isLast } = props;
  const { conversation, draft } = usePageState();
  const text = texts.value;
  const { metadata } = entry.message.value;
  const unsent = entry.unsent.value;
  const isInterrupted = metadata?.state === "interrupted";
  const title =
    unsent !== undefined
      ? text.notSentTitle
      : isInterrupted
        ? text.interruptedTitle
        : text.failedTitle;
  const reason = metadata?.error?.message ?? (isInterrupted ? text.interruptedText : undefined);

  const takeBack = async (): Promise<void> => {
    const message = await conversation.peek().takeBack();
    if (message === undefined) return;
    draft.peek().resume(message);
    document.getElementById("message")?.focus();
  };
  return (
    <div class="failure">
      <Icon name="warning" size={20} />
      <div class="failure-text">
        <strong>{title}</strong>
        {reason !== undefined && <p>{reason}</p>}
        {isLast && (
          <div class="failure-actions">
            <button
              type="button"
              class="button small"
              disabled={!conversation.value.isIdle}
              onClick={() => conversation.peek().retry(entry)}
            >
              <Icon name="again" size={16} />
              {text.retry}
            </button>
            {unsent !== undefined && (
              <button type="button" class="button small" onClick={() => void takeBack()}>
                {questionOf(unsent.attempt) !== undefined ? text.backToMessage : text.cancel}
              </button>
            )}
          </div>
        )}
      </div>
    </div>
  );
}
