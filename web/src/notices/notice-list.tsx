import type { JSX } from "preact";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { texts } from "../i18n/language.ts";
import { announcement, dismiss, notices } from "./notices.ts";

/** The notices, and what screen readers say. */
export function NoticeList(): JSX.Element {
  return (
    <>
      <output class="unseen" id="announcement">
        {announcement.value}
      </output>
      <output class="notices">
        {notices.value.map(({ id, text, kind, action }) => (
          <div key={id} class={`notice ${kind}`}>
            <Icon name={kind === "failed" ? "warning" : "check"} size={18} />
            <span>{text}</span>
            {action !== undefined && (
              <button
                type="button"
                class="button small"
                onClick={() => {
                  dismiss(id);
                  action.run();
                }}
              >
                {action.label}
              </button>
            )}
            <IconButton
              icon="close"
              size={16}
              label={texts.value.close}
              onClick={() => dismiss(id)}
            />
          </div>
        ))}
      </output>
    </>
  );
}
