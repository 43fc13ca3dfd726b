import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../controls/icon.tsx";
import { texts } from "../i18n/language.ts";
import { announce } from "../notices/notices.ts";
import { usePageState } from "../page-state.ts";

/** Says that the server is away, and what becomes of the message or the answer. */
export function ConnectionNote(): JSX.Element | null {
  const { conversation, draft } = usePageState();
  const text = texts.value;
  const { activity } = conversation.value;
  const isWaiting = activity.value === "waiting";
  const isLost = activity.value === "reconnecting";
  const note = isWaiting ? text.unreachable : isLost ? text.connectionLost : undefined;
  useEffect(() => {
    if (note !== undefined) announce(note);
  }, [note]);
  if (note === undefined) return null;

  const takeBack = async (): Promise<void> => {
    const message = await conversation.peek().takeBack();
    if (message !== undefined) draft.peek().resume(message);
  };
  return (
    <div class="note">
      <Icon name="warning" size={18} />
      <span class="note-text">{note}</span>
      <button type="button" class="button small" onClick={() => conversation.peek().tryNow()}>
        {text.retryNow}
      </button>
      {isWaiting && (
        <button type="button" class="button small" onClick={() => void takeBack()}>
          {text.cancel}
        </button>
      )}
    </div>
  );
}
