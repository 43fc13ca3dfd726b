import type { JSX } from "preact";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { formatBytes } from "../i18n/format.ts";
import { texts } from "../i18n/language.ts";
import type { Draft } from "./draft.ts";

/** The files that the message will bring along. */
export function AttachmentList({ draft }: { readonly draft: Draft }): JSX.Element | null {
  const text = texts.value;
  if (draft.attachments.value.length === 0) return null;
  return (
    <ul class="attachments" aria-label={text.attachments}>
      {draft.attachments.value.map(({ id, name, mediaType, size, url }) => (
        <li key={id} class="attachment">
          {mediaType.startsWith("image/") ? (
            <img src={url} alt="" class="attachment-image" />
          ) : (
            <span class="attachment-icon">
              <Icon name="file" />
            </span>
          )}
          <span class="attachment-text">
            <span class="attachment-name">{name}</span>
            <span class="attachment-size">{formatBytes(size)}</span>
          </span>
          <IconButton
            icon="close"
            size={16}
            label={text.removeFile(name)}
            onClick={() => draft.detach(id)}
          />
        </li>
      ))}
    </ul>
  );
}
