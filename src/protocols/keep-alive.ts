/** Something whose reader must hear from it every now and then. */
export interface Silent {
  /** Called each second: it is up to it how many of them are too many. */
  tick(): void;
}

const second = 1000;
const silent = new Set<Silent>();
let timer: NodeJS.Timeout | undefined;

/** Calls `tick` each second from now on: one timer is enough for all. */
export function keepAlive(one: Silent): void {
  silent.add(one);
  timer ??= setInterval(() => {
    for (const each of silent) each.tick();
  }, second).unref();
}

/** Calls `tick` no more. */
export function letBe(one: Silent): void {
  silent.delete(one);
  if (silent.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
