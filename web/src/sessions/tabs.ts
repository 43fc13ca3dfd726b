/** Tells the page's other tabs that a session has changed, and is told by them. */
export class Tabs {
  readonly #channel = new BroadcastChannel(`turnkeep:${location.pathname}`);

  /** @param changed called when another tab has changed a session. */
  constructor(changed: (sessionId: string) => void) {
    this.#channel.addEventListener("message", ({ data }: MessageEvent<string>) => changed(data));
  }

  tell(sessionId: string): void {
    // A channel is of one origin alone.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#channel.postMessage(sessionId);
  }
}
