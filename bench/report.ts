import type { Findings, Goal, Table } from "./part.ts";

/** What became of a part. */
export type Outcome =
  | { readonly title: string; readonly findings: Findings }
  | { readonly title: string; readonly error: string };

/** All that a run of the benchmark has found. */
export interface Report {
  readonly date: string;
  readonly command: string;
  readonly machine: readonly string[];
  readonly rounds: number;
  readonly outcomes: readonly Outcome[];
}

/** The report as Markdown. */
export function toMarkdown({ date, command, machine, rounds, outcomes }: Report): string {
  const goals = outcomes.flatMap((outcome) =>
    "findings" in outcome ? outcome.findings.goals : [],
  );
  return [
    "# Benchmarks",
    introduction,
    `Measured on ${date} by \`${command}\`, medians of ${rounds} rounds in which the subjects take turns:`,
    machine.map((line) => `- ${line}`).join("\n"),
    "## Goals",
    toTable(toGoalTable(goals)),
    ...outcomes.flatMap((outcome) => [`## ${outcome.title}`, ...toParts(outcome)]),
    "",
  ].join("\n\n");
}

const introduction = `**One turn** reads the newest ten messages under \`query\` and under \`answer\`, runs a component that answers at once, and stores both messages (about 300 bytes each) durably, with the turn's bookkeeping. **The floor** is a page of \`node:http\` and raw prepared statements with group commit (\`bench/floor\`): one row for the turn before it runs, both messages and the turn's end after it, and nothing else. It keeps none of turnkeep's promises but that what it acknowledged is on disk. Ratios are what counts: machines differ, and what else runs on one changes all figures. How to run it: [bench](../bench/README.md); what each part of a turn costs, and what was tried: [0015](decisions/0015-what-a-turn-costs.md).`;

function toParts(outcome: Outcome): readonly string[] {
  if ("error" in outcome) return [`This part has failed: ${outcome.error}`];
  return outcome.findings.tables.flatMap((table) => [
    `**${table.title}**`,
    toTable(table),
    ...(table.note === undefined ? [] : [table.note]),
  ]);
}

function toGoalTable(goals: readonly Goal[]): Table {
  return {
    title: "Goals",
    columns: ["goal", "what", "wanted", "measured", "met"],
    rows: goals
      .toSorted((one, other) => one.number - other.number)
      .map(({ number, what, wanted, measured, isMet }) => [
        number,
        what,
        wanted,
        measured,
        isMet ? "yes" : "**no**",
      ]),
  };
}

function toTable({ columns, rows }: Table): string {
  const lines = [columns, columns.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map(toCell).join(" | ")} |`).join("\n");
}

function toCell(cell: string | number): string {
  return String(cell).replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
