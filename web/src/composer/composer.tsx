import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { AttachmentLimits } from "../configuration/configuration.ts";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { formatBytes } from "../i18n/format.ts";
import { texts } from "../i18n/language.ts";
import { hasKeyboard } from "../layout/media.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { usePageState } from "../page-state.ts";
import { AttachmentList } from "./attachment-list.tsx";
import { ConnectionNote } from "./connection-note.tsx";
import { DropZone } from "./drop-zone.tsx";
import { TextArea } from "./text-area.tsx";

/** Where messages are written and sent. */
export function Composer(): JSX.Element {
  const { configuration, conversation, draft } = usePageState();
  const { attachments } = configuration;
  const area = useRef<HTMLTextAreaElement>(null);
  const text = texts.value;
  const { activity, isLoading, trouble } = conversation.value;
  const isBusy = activity.value !== "idle";
  const isWaiting = activity.value === "waiting";
  const cannotSend =
    draft.value.isEmpty || isBusy || isLoading.value || trouble.value !== undefined;

  const send = (): void => {
    if (cannotSend) return;
    conversation.peek().send(draft.peek().take());
  };
  const attach =
    attachments === undefined
      ? undefined
      : (files: readonly File[]) => void draft.peek().attach(files, attachments);

  return (
    <div class="composer-place">
      <ConnectionNote />
      <form
        class="composer"
        aria-label={text.message}
        onFocusCapture={Markdown.prepare}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <AttachmentList draft={draft.value} />
        <TextArea
          id="message"
          areaRef={area}
          label={text.message}
          placeholder={text.messagePlaceholder}
          value={draft.value.text.value}
          onInput={(value) => draft.peek().write(value)}
          onEnter={send}
          onPasteFiles={attach}
        />
        <div class="composer-bar">
          {attachments !== undefined && attach !== undefined && (
            <AttachButton limits={attachments} attach={attach} />
          )}
          {hasKeyboard.value && <span class="composer-hint">{text.keysHint}</span>}
          {isBusy && !isWaiting ? (
            <IconButton
              icon="stop"
              class="send"
              label={text.stop}
              disabled={activity.value === "stopping"}
              onClick={() => void conversation.peek().stop()}
            />
          ) : (
            <button
              type="submit"
              class="icon-button send"
              aria-label={text.send}
              title={text.send}
              disabled={cannotSend}
            >
              <Icon name="send" />
            </button>
          )}
        </div>
      </form>
      {attach !== undefined && <DropZone drop={attach} />}
    </div>
  );
}

function AttachButton(props: {
  readonly limits: AttachmentLimits;
  readonly attach: (files: readonly File[]) => void;
}): JSX.Element {
  const { maxBytes, maxCount, accept } = props.limits;
  const input = useRef<HTMLInputElement>(null);
  const limits = texts.value.attachLimits(maxCount, formatBytes(maxBytes));
  return (
    <>
      <IconButton
        icon="attach"
        label={`${texts.value.attach}. ${limits}`}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        hidden
        multiple={maxCount > 1}
        accept={accept}
        onChange={({ currentTarget }) => {
          props.attach([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}
