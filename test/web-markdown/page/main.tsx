import { render } from "preact";
import { decodeHTMLStrict } from "../../../web/src/markdown/browser/entities.ts";
import { Markdown } from "../../../web/src/markdown/markdown.tsx";
import { labels } from "../labels.ts";
import "./page.css";

const show = (text: string, streaming = false): void => {
  const answer = document.querySelector("#answer");
  if (answer !== null) {
    render(<Markdown text={text} streaming={streaming} labels={labels} />, answer);
  }
};

const violations: string[] = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} ${blockedURI}`);
});

/** What the tests call. */
const calls = { show, decode: decodeHTMLStrict, violations };
export type PageCalls = typeof calls;
Object.assign(window, calls);
