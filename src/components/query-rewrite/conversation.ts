import { describe, TurnkeepError } from "../../errors.ts";

const mostTexts = 9;
const mostCharacters = 4000;

/**
 * Checks that a message's content is question, answer, ..., the question to rewrite.
 * @throws TurnkeepError `input_invalid`, naming what does not fit.
 */
export function requireTexts(content: unknown): readonly string[] {
  if (!Array.isArray(content)) {
    fail(`but it is ${describe(content)}`);
  }
  if (content.length % 2 === 0 || content.length > mostTexts) {
    fail(`but it has ${content.length}${content.length > mostTexts ? "" : ", an even number"}`);
  }
  let characters = 0;
  for (const [index, text] of content.entries()) {
    if (typeof text !== "string") {
      fail(
        `but number ${index + 1} (${index % 2 === 0 ? "a question" : "an answer"}) is ${describe(text)}`,
      );
    }
    for (const _character of text) characters += 1;
  }
  if (characters > mostCharacters) {
    fail(`of at most ${mostCharacters} characters in all, but they have ${characters}`);
  }
  return content;
}

function fail(problem: string): never {
  throw new TurnkeepError(
    "input_invalid",
    `QueryRewrite takes a list of texts, question, answer, ..., the question to rewrite: an odd number of them, at most ${mostTexts}, ${problem}.`,
  );
}
