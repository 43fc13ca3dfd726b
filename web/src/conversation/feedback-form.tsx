import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { TextArea } from "../composer/text-area.tsx";
import { texts } from "../i18n/language.ts";
import { notify } from "../notices/notices.ts";
import { usePageState } from "../page-state.ts";
import type { Entry } from "./entry.ts";

/** How long a comment may be, in characters. */
const maxLength = 2_000;

/** Asks what could be better; the reader need not say. */
export function FeedbackForm(props: {
  readonly entry: Entry;
  readonly close: () => void;
}): JSX.Element {
  const { entry, close } = props;
  const { conversation } = usePageState();
  const area = useRef<HTMLTextAreaElement>(null);
  const [comment, setComment] = useState("");
  const text = texts.value;
  useEffect(() => area.current?.focus(), []);
  const send = async (): Promise<void> => {
    if (comment.trim() === "") return;
    const feedback = { value: "down", comment: comment.trim() } as const;
    if (await conversation.peek().giveFeedback(entry, feedback)) {
      notify(texts.peek().feedbackThanks);
      close();
    }
  };
  return (
    <form
      class="edit-form feedback-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextArea
        areaRef={area}
        label={text.feedbackQuestion}
        placeholder={text.feedbackQuestion}
        value={comment}
        onInput={(value) => setComment(value.slice(0, maxLength))}
        onEnter={() => void send()}
        onEscape={close}
      />
      <div class="form-actions">
        <button type="button" class="button small" onClick={close}>
          {text.close}
        </button>
        <button type="submit" class="button small primary" disabled={comment.trim() === ""}>
          {text.send}
        </button>
      </div>
    </form>
  );
}
