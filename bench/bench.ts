// npm run bench [-- --only turns,store] [--databases sqlite] [--rounds 5] [--seconds 1] [--large]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { findDatabases } from "./databases.ts";
import { describeMachine } from "./machine.ts";
import type { Bench, Part } from "./part.ts";
import { type Outcome, type Report, toMarkdown } from "./report.ts";

/** The files under `parts/`, in the order in which they are run and told. */
const parts = ["turns", "store", "flat", "peers"];

const { values } = parseArgs({
  options: {
    only: { type: "string", default: parts.join(",") },
    databases: { type: "string", default: "sqlite,postgresql,mysql" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    large: { type: "boolean", default: false },
  },
});
const chosen = values.only.split(",");
const unknown = chosen.filter((name) => !parts.includes(name));
if (unknown.length > 0) {
  throw new Error(`There is no part ${unknown.join(", ")}. There are ${parts.join(", ")}.`);
}
const databases = await findDatabases(values.databases.split(","));
const began = performance.now();
const bench: Bench = {
  rounds: toCount("rounds", values.rounds),
  seconds: toCount("seconds", values.seconds),
  large: values.large,
  databases,
  say(text) {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stderr.write(`${String(seconds).padStart(5)} s  ${text}\n`);
  },
};
try {
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    command: [
      "npm run bench",
      ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : []),
    ].join(" "),
    machine: await describeMachine(databases),
    rounds: bench.rounds,
    outcomes: await runParts(),
  };
  const markdown = await format(toMarkdown(report), { parser: "markdown", printWidth: 100 });
  process.stdout.write(markdown);
  // A part of it, or a quick look, is not to stand in the documentation.
  if (process.argv.length === 2 || (values.large && process.argv.length === 3)) {
    await writeFile(new URL("../docs/benchmarks.md", import.meta.url), markdown);
    const json = await format(JSON.stringify(report), { parser: "json", printWidth: 100 });
    await writeFile(new URL("../docs/benchmarks.json", import.meta.url), json);
  }
  process.exitCode = report.outcomes.some((outcome) => "error" in outcome) ? 1 : 0;
} finally {
  for (const database of databases) await database[Symbol.asyncDispose]();
}

async function runParts(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const name of chosen) {
    const { default: part } = (await import(`./parts/${name}.ts`)) as { readonly default: Part };
    const { title } = part;
    try {
      outcomes.push({ title, findings: await part.run(bench) });
    } catch (error) {
      // The others are told all the same.
      bench.say(`${name} has failed: ${(error as Error).stack ?? String(error)}`);
      outcomes.push({ title, error: (error as Error).message });
    }
  }
  return outcomes;
}

function toCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new Error(`--${name} must be a whole number from 1 to 100, but it is ${text}.`);
  }
  return count;
}
