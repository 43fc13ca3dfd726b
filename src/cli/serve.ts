import { type Command, InvalidArgumentError, Option } from "commander";
import { isTurnkeepError } from "../errors.ts";
import { loadModel } from "../models/load-model.ts";
import { ChatRuntime } from "../runtime/chat-runtime.ts";
import { HttpRuntime, type HttpRuntimeOptions } from "../runtime/http-runtime.ts";
import { createLogger } from "../runtime/logger.ts";
import type { PageOptions } from "../runtime/page/page-options.ts";
import { redactDatabaseUrl } from "../sql/database-url.ts";
import type { Concurrency } from "../session/turn-store.ts";
import { openSqlStore } from "../sql/sql-store.ts";
import { loadComponent } from "./load-component.ts";
import { untilTerminated } from "./termination.ts";
import { welcome } from "./welcome.ts";

interface ServeOptions {
  readonly database: string;
  readonly host: string;
  readonly port: number;
  readonly model?: string;
  readonly lazyCertification?: boolean;
  readonly concurrency: Concurrency;
  readonly trustUserHeader?: boolean;
  readonly runTimeout: number;
  readonly shutdownGrace: number;
  readonly chat?: boolean;
}

/** Adds the command `serve`: serves the component in a file until it is told to stop. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("serve the component in a file")
    .description(
      "Serve the component that a file exports by default: a component, a class, or a function that makes one.",
    )
    .argument("<component file>", "a JavaScript or TypeScript file")
    .option("--chat", "serve the chat page too, at / (the file may export its options as page)")
    .option("--database <url>", "where sessions are kept", "sqlite:///user_session.db")
    .option("--host <host>", "the address to listen on; 0.0.0.0 for every network", "127.0.0.1")
    .option("--port <port>", "the port to listen on; 0 for any free one", toPort, 8091)
    .option(
      "--model <reference>",
      "<provider>/<model>: the model in place of every one that the component names",
    )
    .option(
      "--lazy-certification",
      "require each request to bring its caller's own token for the models",
    )
    .addOption(
      new Option("--concurrency <policy>", "what is done with a turn whose session is busy")
        .choices(["queue", "reject", "supersede"])
        .default("queue"),
    )
    .option(
      "--trust-user-header",
      "believe the header that names the user, because a proxy sets it; else it is ignored",
    )
    .option("--run-timeout <seconds>", "how long a run may take", toSeconds, 600)
    .option(
      "--shutdown-grace <seconds>",
      "how long runs under way may go on after SIGINT or SIGTERM",
      toSeconds,
      10,
    )
    .action(serve);
}

async function serve(path: string, options: ServeOptions): Promise<void> {
  const { database, host, port, model, runTimeout, shutdownGrace } = options;
  const lazyCertification = options.lazyCertification === true;
  if (model !== undefined) await requireModel(model, lazyCertification);
  const { component, page } = await loadComponent(path);
  const logger = createLogger();
  // Opened here, since the runtime would log what the command line reports.
  await using store = await openSqlStore(database, {
    warn: (facts, message) => logger.warn(facts, message),
  });
  const runtimeOptions: HttpRuntimeOptions = {
    component,
    userSessionConfig: store,
    lazyCertification,
    concurrency: options.concurrency,
    trustUserHeader: options.trustUserHeader === true,
    runTimeout: runTimeout * 1000,
    shutdownGrace: shutdownGrace * 1000,
    logger,
    ...(model === undefined ? {} : { model }),
  };
  await using runtime =
    options.chat === true
      ? new ChatRuntime({
          ...runtimeOptions,
          // Whatever a file exports is checked as any options are.
          ...(page === undefined ? {} : { page: page as PageOptions }),
        })
      : new HttpRuntime(runtimeOptions);
  await using server = await runtime.serve({ host, port });
  const terminated = untilTerminated();
  process.stdout.write(
    welcome({
      path,
      url: server.url,
      database: redactDatabaseUrl(database),
      model,
      lazyCertification,
      isChat: options.chat === true,
    }),
  );
  const signal = await terminated;
  process.stdout.write(`\n${signal}: stopping when the runs under way have ended.\n`);
}

/** Fails at the start where the first request would. */
async function requireModel(model: string, lazyCertification: boolean): Promise<void> {
  try {
    await loadModel(model, {});
  } catch (error) {
    const comesWithRequests =
      lazyCertification && isTurnkeepError(error) && error.code === "model_credential_missing";
    if (!comesWithRequests) throw error;
  }
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError("A port is a whole number from 0 to 65535.");
  }
  return port;
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 86_400) {
    throw new InvalidArgumentError("It is a whole number of seconds, from 1 to 86400.");
  }
  return seconds;
}
