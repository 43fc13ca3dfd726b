/** What this page keeps in the browser bears its path: another on the same host has its own. */
const prefix = `turnkeep:${location.pathname.replace(/index\.html$/, "")}:`;

/** What was kept under a name; undefined where nothing was, or the browser keeps nothing. */
export function readStored(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name, or nothing any more. False where the browser does not. */
export function writeStored(name: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
    return true;
  } catch {
    return false;
  }
}
