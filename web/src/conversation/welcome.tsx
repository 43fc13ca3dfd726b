import type { JSX } from "preact";
import type { Starter } from "../configuration/configuration.ts";
import { language, localize, texts } from "../i18n/language.ts";
import { Logo } from "../layout/brand.tsx";
import { usePageState } from "../page-state.ts";

/** What a new session shows: a welcome, and questions to begin with. */
export function Welcome(): JSX.Element {
  const { configuration, conversation, name } = usePageState();
  const text = texts.value;
  const starters = startersOf(configuration.starters);
  const send = (starter: Starter): void => {
    const message = { type: "text", text: localize(starter.message) } as const;
    conversation.peek().send([message]);
  };
  return (
    <div class="welcome">
      <Logo size={56} />
      <h2>{name.value}</h2>
      <p class="welcome-text">
        {configuration.welcome === undefined ? text.welcome : localize(configuration.welcome)}
      </p>
      {starters.length > 0 && (
        <ul class="starters" aria-label={text.starters}>
          {starters.map((starter) => {
            const [title, message] = [localize(starter.title), localize(starter.message)];
            return (
              <li key={message}>
                <button type="button" class="starter" onClick={() => send(starter)}>
                  <span class="starter-title">{title}</span>
                  {title !== message && <span class="starter-message">{message}</span>}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

function startersOf(
  starters: readonly Starter[] | Readonly<Record<string, readonly Starter[]>>,
): readonly Starter[] {
  if (isList(starters)) return starters;
  return starters[language.value] ?? starters["en"] ?? Object.values(starters)[0] ?? [];
}

function isList(value: unknown): value is readonly Starter[] {
  return Array.isArray(value);
}
