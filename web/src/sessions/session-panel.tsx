import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../controls/dialog.tsx";
import { lazy } from "../controls/lazy.tsx";
import { Icon } from "../controls/icon.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { texts } from "../i18n/language.ts";
import { Brand } from "../layout/brand.tsx";
import { hasRoomForSessions } from "../layout/media.ts";
import { usePageState } from "../page-state.ts";
import { SessionLink } from "../route/session-link.tsx";
import { SessionGroups } from "./session-groups.tsx";

const SettingsDialog = lazy(
  async () => (await import("../settings/settings-dialog.tsx")).SettingsDialog,
);

/** The list of sessions: beside the conversation, or where there is no room, in a drawer over it. */
export function SessionPanel(): JSX.Element | null {
  const { isDrawerOpen } = usePageState();
  if (hasRoomForSessions.value) {
    return (
      <aside class="sidebar" aria-label={texts.value.sessions}>
        <Content />
      </aside>
    );
  }
  if (!isDrawerOpen.value) return null;
  const close = (): void => {
    isDrawerOpen.value = false;
  };
  return (
    <Dialog title={texts.value.sessions} class="drawer" bare onClose={close}>
      <Content close={close} />
    </Dialog>
  );
}

function Content({ close }: { readonly close?: () => void }): JSX.Element {
  const [areSettingsOpen, setSettingsOpen] = useState(false);
  const text = texts.value;
  return (
    <>
      <div class="sidebar-top">
        <div class="sidebar-brand">
          <Brand />
          {close !== undefined && (
            <IconButton icon="close" label={text.closeSessions} onClick={close} />
          )}
        </div>
        <SessionLink class="button new-chat" sessionId={undefined} onOpen={close}>
          <Icon name="plus" size={18} />
          {text.newChat}
        </SessionLink>
        <Search />
      </div>
      <nav class="sessions" aria-label={text.sessions}>
        <h2 class="unseen">{text.sessions}</h2>
        <SessionGroups onOpen={close} />
      </nav>
      <div class="sidebar-bottom">
        <button type="button" class="button plain" onClick={() => setSettingsOpen(true)}>
          <Icon name="settings" size={18} />
          {text.settings}
        </button>
      </div>
      {areSettingsOpen && <SettingsDialog onClose={() => setSettingsOpen(false)} />}
    </>
  );
}

function Search(): JSX.Element {
  const { sessions } = usePageState();
  const text = texts.value;
  return (
    <search class="search">
      <Icon name="search" size={16} />
      <input
        id="search"
        type="search"
        class="input"
        aria-label={text.searchSessions}
        placeholder={text.searchSessions}
        value={sessions.search.value}
        maxLength={255}
        onInput={({ currentTarget }) => sessions.searchFor(currentTarget.value)}
      />
    </search>
  );
}
