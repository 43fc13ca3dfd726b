import type { JSX } from "preact";
import { Icon, type IconName } from "../controls/icon.tsx";
import { texts } from "../i18n/language.ts";
import type { DataPart, ReasoningPart, SourcePart, ToolPart } from "../wire/ui-message.ts";
import { toLink } from "./file-view.tsx";

/** A part that is folded until the reader wants it. */
function Fold(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly look?: string;
  readonly children: JSX.Element | readonly JSX.Element[];
}): JSX.Element {
  return (
    <details class={`fold ${props.look ?? ""}`}>
      <summary>
        <Icon name={props.icon} size={16} />
        <span>{props.title}</span>
        <Icon name="right" size={14} />
      </summary>
      <div class="fold-body">{props.children}</div>
    </details>
  );
}

/** How the answer was thought out. */
export function Reasoning({ part }: { readonly part: ReasoningPart }): JSX.Element {
  const isNow = part.state === "streaming";
  return (
    <Fold
      icon="idea"
      title={isNow ? texts.value.reasoningNow : texts.value.reasoning}
      look={isNow ? "now" : ""}
    >
      <p class="reasoning-text">{part.text}</p>
    </Fold>
  );
}

/** A step that the component took with a tool. */
export function Tool({ part }: { readonly part: ToolPart }): JSX.Element {
  const text = texts.value;
  const name = part.type.slice("tool-".length);
  const { state, input, output, errorText } = part;
  const isNow = state === "input-streaming" || state === "input-available";
  const isFailed = state === "output-error";
  const title = isFailed ? text.toolFailed(name) : isNow ? text.toolNow(name) : text.tool(name);
  return (
    <Fold icon="tool" title={title} look={isFailed ? "failed" : isNow ? "now" : ""}>
      <dl class="tool">
        <dt>{text.toolInput}</dt>
        <dd>
          <Value value={input} />
        </dd>
        {!isNow && <dt>{text.toolOutput}</dt>}
        {!isNow && (
          <dd>
            <Value value={isFailed ? errorText : output} />
          </dd>
        )}
      </dl>
    </Fold>
  );
}

/** Data of a kind that the page does not know. */
export function Data({ part }: { readonly part: DataPart }): JSX.Element {
  return (
    <Fold icon="data" title={texts.value.data(part.type.slice("data-".length))}>
      <Value value={part.data} />
    </Fold>
  );
}

/** What an answer rests on. */
export function Sources({ parts }: { readonly parts: readonly SourcePart[] }): JSX.Element {
  return (
    <Fold icon="link" title={texts.value.sources(parts.length)}>
      <ol class="sources">
        {parts.map((part, index) => {
          const href = toLink(part.url);
          const name = part.title ?? part.filename ?? part.url ?? `${index + 1}`;
          return (
            <li key={part.sourceId}>
              {href === undefined ? (
                name
              ) : (
                <a href={href} target="_blank" rel="noopener noreferrer nofollow">
                  {name}
                </a>
              )}
            </li>
          );
        })}
      </ol>
    </Fold>
  );
}

function Value({ value }: { readonly value: unknown }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return <pre tabIndex={0}>{text ?? "…"}</pre>;
}
