// What `npm start` runs: the example and its chat page, with the model that the environment has a key for.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../src/cli/command-line.ts";

const component = relative(".", fileURLToPath(new URL("chat-page.ts", import.meta.url)));
const args = process.argv.slice(2);
const model = chooseModel();
const modelArgs = model === undefined ? [] : ["--model", model];
// Of an option that is given twice the last one counts.
process.exit(await runCommandLine(["serve", component, "--chat", ...modelArgs, ...args]));

/** The model in place of the example's own, or undefined where those or an argument name it. */
function chooseModel(): string | undefined {
  const { APPBUILDER_TOKEN, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL } = process.env;
  if (args.some((arg) => /^(--model|--help|-h)(=|$)/.test(arg))) return undefined;
  if (APPBUILDER_TOKEN || args.includes("--lazy-certification")) {
    say("The example's own models answer: Qianfan-Agent-Speed-8K and ERNIE-Bot of AppBuilder.");
    return undefined;
  }
  if ((OPENAI_API_KEY || OPENAI_BASE_URL) && OPENAI_MODEL) {
    say(`OPENAI_MODEL is set: ${OPENAI_MODEL} answers in place of the example's own models.`);
    return `openai-compatible/${OPENAI_MODEL}`;
  }
  say(`No model is set up, so a stand-in answers: it shows what it was asked, and calls nothing.
For real answers set APPBUILDER_TOKEN; or OPENAI_MODEL, with OPENAI_BASE_URL and OPENAI_API_KEY
as its server needs them; or name a model: npm start -- --model <provider>/<model>`);
  return "offline/echo";
}

function say(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
