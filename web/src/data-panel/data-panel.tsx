import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { CopyButton } from "../controls/copy-button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { texts } from "../i18n/language.ts";
import { hasRoomForData } from "../layout/media.ts";
import { usePageState } from "../page-state.ts";
import type { RowPage } from "../wire/sessions.ts";
import { RowTable } from "./row-table.tsx";
import { StoredRows } from "./stored-rows.ts";

/**
 * The session's rows as they are in the database: beside the conversation, or where there is no
 * room, over it.
 */
export function DataPanel(): JSX.Element {
  const { isDataShown } = usePageState();
  const text = texts.value;
  const close = (): void => {
    isDataShown.value = false;
  };
  if (!hasRoomForData.value) {
    return (
      <Dialog title={text.dataPanel} class="data-dialog" onClose={close}>
        <Content />
      </Dialog>
    );
  }
  return (
    <aside class="data-panel" aria-labelledby="data-title">
      <header class="dialog-header">
        <h2 id="data-title">{text.dataPanel}</h2>
        <IconButton icon="close" label={text.hideData} onClick={close} />
      </header>
      <Content />
    </aside>
  );
}

function Content(): JSX.Element {
  const { conversation, turnsEnded } = usePageState();
  const { sessionId } = conversation.value;
  const rows = useMemo(() => new StoredRows(sessionId), [sessionId]);
  const count = turnsEnded.value;
  useEffect(() => {
    void rows.refresh();
  }, [rows, count]);
  const text = texts.value;
  const page = rows.page.value;
  if (rows.isFailed.value) {
    return (
      <div class="data-note">
        <p>{text.rowsFailed}</p>
        <button type="button" class="button" onClick={() => void rows.refresh()}>
          {text.retry}
        </button>
      </div>
    );
  }
  if (page === undefined) return <p class="data-note">{text.loading}</p>;
  if (page.rows.length === 0) return <p class="data-note">{text.noRows}</p>;
  return (
    <div class="data">
      <p class="data-text">{page.sql === null ? text.inMemory : text.dataText}</p>
      {page.sql !== null && <Statement sql={page.sql} />}
      <Count page={page} refresh={() => void rows.refresh()} />
      <RowTable page={page} />
      {page.next_cursor !== null && (
        <button type="button" class="button more" onClick={() => void rows.showMore()}>
          {text.moreRows}
        </button>
      )}
    </div>
  );
}

function Statement({ sql }: { readonly sql: string }): JSX.Element {
  const text = texts.value;
  return (
    <figure class="statement">
      <figcaption>
        {text.sql}
        <CopyButton label={text.copySql} text={() => sql} />
      </figcaption>
      <pre tabIndex={0}>{sql}</pre>
    </figure>
  );
}

function Count(props: { readonly page: RowPage; readonly refresh: () => void }): JSX.Element {
  const { rows, next_cursor: cursor } = props.page;
  const text = texts.value;
  return (
    <div class="data-count">
      <span>{text.rowCount(rows.length, cursor === null)}</span>
      <IconButton icon="refresh" size={18} label={text.refresh} onClick={props.refresh} />
    </div>
  );
}
