import { projectFile, type ServerProcess, startServer } from "../helpers/turnkeep-process.ts";

/** The memory of a server process, in bytes. */
export interface Memory {
  /** All that the system counts. */
  readonly rss: number;
  /** What is in use after garbage was collected. */
  readonly used: number;
}

/** Starts `field-server.ts` on a database; fulfilled when it listens. */
export function startFieldServer(
  databaseUrl: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<ServerProcess> {
  return startServer([databaseUrl, JSON.stringify(options)], {
    cwd: projectFile("."),
    command: [
      process.execPath,
      "--conditions=turnkeep-source",
      projectFile("test/field/field-server.ts"),
    ],
  });
}

/** POST /chat. */
export function postChat(
  { url }: Pick<ServerProcess, "url">,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** The memory of a server. */
export async function memoryOf(server: Pick<ServerProcess, "url">): Promise<Memory> {
  const response = await postChat(server, { message: "memory" });
  const { result } = (await response.json()) as { result: { answer_message: { content: Memory } } };
  return result.answer_message.content;
}
