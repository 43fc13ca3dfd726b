import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../i18n/language.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { usePageState } from "../page-state.ts";
import {
  isDataPart,
  isLive,
  isSourcePart,
  isToolPart,
  type Part,
  type UIMessage,
} from "../wire/ui-message.ts";
import { AnswerActions } from "./answer-actions.tsx";
import type { Entry } from "./entry.ts";
import { Failure } from "./failure.tsx";
import { FileView } from "./file-view.tsx";
import { Data, Reasoning, Sources, Tool } from "./parts.tsx";

/** An answer, as far as it is told. */
export function Answer(props: { readonly entry: Entry; readonly isLast: boolean }): JSX.Element {
  const { entry, isLast } = props;
  const { conversation, name } = usePageState();
  const article = useRef<HTMLElement>(null);
  useEffect(() => Markdown.prepare(), []);
  const text = texts.value;
  const message = entry.message.value;
  const state = message.metadata?.state;
  const areTold = isLive(state);
  const sources = message.parts.filter(isSourcePart);
  const isEmpty = message.parts.length === 0;
  const headingId = `message-${entry.key}`;
  return (
    <article
      class={areTold ? "answer live" : "answer"}
      aria-labelledby={headingId}
      aria-busy={areTold}
      tabIndex={-1}
      ref={article}
    >
      <h2 class="unseen" id={headingId}>
        {text.answerOf(name.value)}
      </h2>
      {message.parts.map((part, index) => (
        <PartView
          // Parts are only added, and each stays what it is.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          part={part}
          isTold={areTold && index === message.parts.length - 1}
        />
      ))}
      {sources.length > 0 && <Sources parts={sources} />}
      {areTold && isEmpty && conversation.value.activity.value !== "waiting" && (
        <p class="thinking">{state === "queued" ? text.queued : text.thinking}</p>
      )}
      <End message={message} isEmpty={isEmpty} />
      {(state === "failed" || state === "interrupted") && <Failure entry={entry} isLast={isLast} />}
      {!areTold && (
        <AnswerActions
          entry={entry}
          isLast={isLast}
          onRegenerate={() => article.current?.focus({ preventScroll: true })}
        />
      )}
    </article>
  );
}

/** How an answer ended, where that is not plain to see. */
function End(props: {
  readonly message: UIMessage;
  readonly isEmpty: boolean;
}): JSX.Element | null {
  const { state } = props.message.metadata ?? {};
  if (state === "stopped") return <p class="ending">{texts.value.stopped}</p>;
  return props.isEmpty && state === "complete" ? (
    <p class="ending">{texts.value.noAnswer}</p>
  ) : null;
}

function PartView(props: { readonly part: Part; readonly isTold: boolean }): JSX.Element | null {
  const { part, isTold } = props;
  if (isToolPart(part)) return <Tool part={part} />;
  if (isDataPart(part)) return <Data part={part} />;
  switch (part.type) {
    case "text":
      return <Markdown text={part.text} streaming={isTold} labels={texts.value} />;
    case "reasoning":
      return <Reasoning part={part} />;
    case "file":
      return <FileView file={part} />;
    default:
      return null;
  }
}
