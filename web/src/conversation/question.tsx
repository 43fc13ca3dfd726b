import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { TextArea } from "../composer/text-area.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import { filesOf, textOf } from "../wire/ui-message.ts";
import type { Entry } from "./entry.ts";
import { FileView } from "./file-view.tsx";

/** A message of the user. */
export function Question({ entry }: { readonly entry: Entry }): JSX.Element {
  const { conversation } = usePageState();
  const [isEdited, setEdited] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const text = texts.value;
  const message = entry.message.value;
  const said = textOf(message);
  const files = filesOf(message);
  const headingId = `message-${entry.key}`;
  return (
    <article class="question" aria-labelledby={headingId}>
      <h2 class="unseen" id={headingId}>
        {text.youSaid}
      </h2>
      {files.length > 0 && (
        <div class="files">
          {files.map((file) => (
            <FileView key={file.url} file={file} />
          ))}
        </div>
      )}
      {isEdited ? (
        <EditForm
          entry={entry}
          close={() => {
            setEdited(false);
            requestAnimationFrame(() => edit.current?.focus());
          }}
        />
      ) : (
        <>
          {said !== "" && <p class="bubble">{said}</p>}
          <div class="message-actions">
            <CopyButton label={text.copyMessage} text={() => said} />
            <IconButton
              icon="edit"
              size={18}
              label={text.editMessage}
              buttonRef={edit}
              disabled={!conversation.value.isIdle}
              onClick={() => setEdited(true)}
            />
          </div>
        </>
      )}
    </article>
  );
}

function EditForm(props: { readonly entry: Entry; readonly close: () => void }): JSX.Element {
  const { entry, close } = props;
  const { conversation } = usePageState();
  const message = entry.message.peek();
  const [value, setValue] = useState(() => textOf(message));
  const area = useRef<HTMLTextAreaElement>(null);
  const text = texts.value;
  useEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(-1, -1);
  }, []);
  const isReady = value.trim() !== "" && conversation.value.isIdle;
  const send = (): void => {
    if (!isReady) return;
    close();
    conversation.peek().edit(entry, [...filesOf(message), { type: "text", text: value.trim() }]);
  };
  return (
    <form
      class="edit-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextArea
        areaRef={area}
        label={text.editMessage}
        value={value}
        onInput={setValue}
        onEnter={send}
        onEscape={close}
      />
      <div class="form-actions">
        <button type="button" class="button" onClick={close}>
          {text.cancel}
        </button>
        <button type="submit" class="button primary" disabled={!isReady}>
          {text.send}
        </button>
      </div>
    </form>
  );
}
