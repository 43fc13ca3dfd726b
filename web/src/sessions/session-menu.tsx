import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../controls/dialog.tsx";
import { Menu, type MenuItem } from "../controls/menu.tsx";
import { texts } from "../i18n/language.ts";
import { usePageState } from "../page-state.ts";
import { open, openedSession } from "../route/route.ts";
import { exportUrl } from "../wire/sessions.ts";

interface SessionProps {
  readonly sessionId: string;
  readonly title: string;
}

/** The menu of what can be done with a session. */
export function SessionMenu({ sessionId, title }: SessionProps): JSX.Element {
  const [dialog, setDialog] = useState<"rename" | "delete" | undefined>();
  const text = texts.value;
  const items: readonly MenuItem[] = [
    { icon: "rename", label: text.rename, run: () => setDialog("rename") },
    { icon: "download", label: text.exportMarkdown, download: exportUrl(sessionId, "markdown") },
    { icon: "download", label: text.exportJson, download: exportUrl(sessionId, "json") },
    { icon: "delete", label: text.delete, run: () => setDialog("delete"), isDangerous: true },
  ];
  const props = { sessionId, title, close: () => setDialog(undefined) };
  return (
    <>
      <Menu label={text.actionsOf(title)} items={items} />
      {dialog === "rename" && <RenameDialog {...props} />}
      {dialog === "delete" && <DeleteDialog {...props} />}
    </>
  );
}

function RenameDialog(props: SessionProps & { readonly close: () => void }): JSX.Element {
  const { sessionId, title, close } = props;
  const { sessions } = usePageState();
  const [name, setName] = useState(title);
  const text = texts.value;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    close();
    if (name.trim() !== "" && name.trim() !== title) void sessions.rename(sessionId, name.trim());
  };
  return (
    <Dialog title={text.renameTitle} onClose={close}>
      <form class="form" onSubmit={submit}>
        <label class="field">
          <span>{text.nameOfSession}</span>
          <input
            class="input"
            value={name}
            maxLength={255}
            required
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <div class="form-actions">
          <button type="button" class="button" onClick={close}>
            {text.cancel}
          </button>
          <button type="submit" class="button primary" disabled={name.trim() === ""}>
            {text.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function DeleteDialog(props: SessionProps & { readonly close: () => void }): JSX.Element {
  const { sessionId, title, close } = props;
  const { sessions } = usePageState();
  const text = texts.value;
  const remove = async (): Promise<void> => {
    close();
    const wasOpen = openedSession.peek() === sessionId;
    const restored = (): void => {
      if (wasOpen) open(sessionId);
    };
    const isRemoved = await sessions.remove(sessionId, restored);
    if (isRemoved && openedSession.peek() === sessionId) open(undefined);
  };
  return (
    <Dialog title={text.deleteTitle} onClose={close}>
      <p class="dialog-text">{text.deleteText(title)}</p>
      <div class="form-actions">
        <button type="button" class="button" onClick={close}>
          {text.cancel}
        </button>
        <button type="button" class="button danger" onClick={() => void remove()}>
          {text.delete}
        </button>
      </div>
    </Dialog>
  );
}
