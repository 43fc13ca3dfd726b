import { onTestFinished } from "vitest";
import { projectFile, type ServerProcess, startServer } from "../helpers/turnkeep-process.ts";

/** A server in a process of its own. */
export interface FaultServer {
  readonly url: string;
  /** SIGKILL, and the end of the process. */
  kill(): Promise<void>;
  /** SIGTERM, and the end of the process; answers its exit code. */
  terminate(): Promise<number | null>;
}

/**
 * Starts `fault-server.ts` on a database; fulfilled when it listens. It is killed when the test ends,
 * however that ends.
 */
export async function startFaultServer(
  databaseUrl: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<FaultServer> {
  const server: ServerProcess = await startServer([databaseUrl, JSON.stringify(options)], {
    cwd: projectFile("."),
    command: [
      process.execPath,
      "--conditions=turnkeep-source",
      projectFile("test/faults/fault-server.ts"),
    ],
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    server.signal(signal);
    return (await server.ended).code;
  };
  return {
    url: server.url,
    kill: async () => void (await end("SIGKILL")),
    terminate: () => end("SIGTERM"),
  };
}
