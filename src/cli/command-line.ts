import { readFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { exitCodeOf, reportError } from "./report-error.ts";
import { addDatabaseCommand } from "./db.ts";
import { addServeCommand } from "./serve.ts";

const exitCodes = `
Exit codes:
  0  ended well, also when stopped by SIGINT or SIGTERM
  1  failed: a database that cannot be reached, a port that is taken, a component that throws
  2  used wrongly: an unknown option, a file that is missing or exports no component`;

/**
 * Runs the command line `turnkeep` with the arguments that stand behind its name, each command
 * from a file of its own. Writes for people to standard output, errors and logs to standard error.
 * @returns the exit code, as the help describes it, once the command has ended.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const program = new Command("turnkeep")
    .description("Serve a chat component over HTTP and keep every turn of every session.")
    .version(await readVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("afterAll", exitCodes)
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride();
  addServeCommand(program);
  addDatabaseCommand(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has reported its own errors, and printed help and version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    reportError(error);
    return exitCodeOf(error);
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
