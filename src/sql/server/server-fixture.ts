import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type DatabaseUrl, parseDatabaseUrl } from "../database-url.ts";

/** The URL for tests among those in `TEST_DATABASE_URLS` whose dialect is one of these. */
export function findTestUrl(dialects: readonly string[]): string | undefined {
  const urls = (process.env["TEST_DATABASE_URLS"] ?? "").split(/\s+/).filter((url) => url !== "");
  return urls.find((url) => dialects.includes(parseDatabaseUrl(url).dialect));
}

/** A URL with another database, and options of its own. */
export function withDatabase(
  url: string,
  { database, ...options }: { readonly database: string; readonly [option: string]: string },
): string {
  const { dialect, username, password, hosts } = parseDatabaseUrl(url);
  const user = username === undefined ? "" : encodeURIComponent(username);
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  const authority = hosts.map(({ host, port }) => (port === undefined ? host : `${host}:${port}`));
  const query = new URLSearchParams(options).toString();
  const at = user === "" && secret === "" ? "" : `${user}${secret}@`;
  return `${dialect}://${at}${authority.join(",")}/${database}${query === "" ? "" : `?${query}`}`;
}

/** How a {@link ServerProcess} is started. */
export interface ServerProgram {
  /** Makes the data of an empty server in a folder, as the user that the server runs as. */
  readonly prepare: (folder: string, run: Run) => Promise<void>;
  readonly command: (folder: string, port: number) => readonly [string, ...string[]];
  /** The user of the system to run it as, where this process is root's: servers refuse to be. */
  readonly user: string;
}

/** Runs a program to its end; throws what it said where that is a failure. */
export type Run = (command: string, ...parameters: readonly string[]) => Promise<void>;

/** A user of the system, whom a program can run as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** A server in a temporary folder, on a free port of 127.0.0.1. Disposing of it ends and removes it. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #program: ServerProgram;
  readonly #user: SystemUser | undefined;
  #process: ChildProcess | undefined;

  private constructor(
    program: ServerProgram,
    folder: string,
    port: number,
    user: SystemUser | undefined,
  ) {
    this.#program = program;
    this.folder = folder;
    this.port = port;
    this.#user = user;
  }

  static async start(program: ServerProgram): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), "turnkeep-server-"));
    const user = await findServerUser(program.user);
    const server = new ServerProcess(program, folder, await freePort(), user);
    try {
      if (user !== undefined) await run(undefined, "chown", `${user.uid}:${user.gid}`, folder);
      await program.prepare(folder, (...command) => run(user, ...command));
      await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Starts it again; fulfilled when something listens on its port. */
  async start(): Promise<void> {
    const [command, ...parameters] = this.#program.command(this.folder, this.port);
    const errors: string[] = [];
    const child = spawn(command, parameters, {
      ...this.#user,
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    child.stderr.on("data", (text) => errors.push(String(text)));
    const failed = once(child, "exit").then(() => {
      throw new Error(`${command} has ended: ${errors.join("").slice(-2000)}`);
    });
    await Promise.race([failed, this.#listens()]);
    failed.catch(() => undefined);
  }

  /** Ends it and all its processes at once. */
  async kill(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined || this.#process?.exitCode !== null) return;
    const children = await childrenOf(pid);
    const ended = once(this.#process, "exit");
    for (const each of [pid, ...children]) killQuietly(each);
    await ended;
    // The next server waits for the last process of this one to be gone.
    while ((await Promise.all(children.map(isAlive))).includes(true)) await setTimeout(5);
    this.#process = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #listens(): Promise<void> {
    for (;;) {
      const socket = connect(this.port, "127.0.0.1");
      const isOpen = await Promise.race([
        once(socket, "connect").then(() => true),
        once(socket, "error").then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (isOpen) return;
      await setTimeout(20);
    }
  }
}

/** Runs a program to its end as a user; throws what it said where that is a failure. */
export async function run(
  user: SystemUser | undefined,
  command: string,
  ...parameters: readonly string[]
): Promise<void> {
  const child = spawn(command, parameters, { ...user, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => said.push(String(text)));
  }
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} failed: ${said.join("").slice(-2000)}`);
}

/** The user whom a server runs as: undefined where that is who this process runs as. */
export async function findServerUser(name: string): Promise<SystemUser | undefined> {
  // Servers refuse to be root's.
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n");
  const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(`The system has no user ${name}, whom the server could run as.`);
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (/^\d+$/.test(name) && (await statusOf(Number(name))).parent === pid)
      found.push(Number(name));
  }
  return found;
}

async function isAlive(pid: number): Promise<boolean> {
  const { state } = await statusOf(pid);
  return state !== undefined && state !== "Z";
}

async function statusOf(
  pid: number,
): Promise<{ readonly state?: string | undefined; readonly parent?: number }> {
  try {
    // The name of the program, in parentheses, may hold spaces.
    const text = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "");
    const [state, parent] = text.split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return {};
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Whether a server answers at a URL's first host, for those that are found by their usual port. */
export async function listensAt(url: string): Promise<boolean> {
  const { host = "localhost", port = 0 }: DatabaseUrl = parseDatabaseUrl(url);
  const socket = connect(port, host);
  try {
    return await Promise.race([
      once(socket, "connect").then(() => true),
      setTimeout(2000, false, { ref: false }),
    ]);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
