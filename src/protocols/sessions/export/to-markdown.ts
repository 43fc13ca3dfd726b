import type { Message } from "../../../message/message.ts";
import type { TurnRecord } from "../../../session/turn-store.ts";
import type { ExportedSession } from "./exported-session.ts";

/** A session as Markdown, to be read, with the chosen version of each turn: each question is quoted, its answer stands below as it is. */
export async function* toMarkdown(
  session: ExportedSession,
): AsyncGenerator<string, void, undefined> {
  const { sessionId, title = sessionId, createdAt } = session.info;
  yield `# ${escapeLine(title)}\n\n${toMinute(createdAt)}\n`;
  for await (const turn of session.turns()) {
    if (turn.chosen) yield `\n${toSection(turn)}`;
  }
}

function toSection(turn: TurnRecord): string {
  const { number, createdAt, question, answer, state, error } = turn;
  const parts = [`## ${number} · ${toMinute(createdAt)}`, quote(toText(question))];
  if (answer !== undefined) parts.push(toText(answer));
  if (state !== "complete") {
    parts.push(`*${error === undefined ? state : `${state}: ${escapeLine(error.message)}`}*`);
  }
  return `${parts.join("\n\n")}\n`;
}

function toText({ content }: Message): string {
  return typeof content === "string"
    ? content.trimEnd()
    : `\`\`\`json\n${JSON.stringify(content, undefined, 2)}\n\`\`\``;
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
}

/** A text as one line in which nothing is markup. */
function escapeLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_[\]<>#|~]/g, String.raw`\$&`);
}

function toMinute(time: string): string {
  return time.slice(0, "2026-11-26 08:12".length);
}
