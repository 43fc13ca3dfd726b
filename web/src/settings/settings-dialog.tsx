import type { JSX } from "preact";
import { Dialog } from "../controls/dialog.tsx";
import {
  chooseLanguage,
  type Language,
  language,
  languageNames,
  languages,
  texts,
} from "../i18n/language.ts";
import { hasKeyboard } from "../layout/media.ts";
import { chooseTheme, type Theme, theme } from "../theme/theme.ts";
import { keysOf } from "./keys.ts";

const themes: readonly Theme[] = ["system", "light", "dark"];

/** The page's settings: language and colors; and its keys. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const text = texts.value;
  return (
    <Dialog title={text.settings} onClose={onClose}>
      <div class="settings">
        <Choice
          name="language"
          label={text.language}
          value={language.value}
          options={Object.keys(languages).map((key) => {
            const value = key as Language;
            return { value, label: languageNames[value], language: value };
          })}
          choose={chooseLanguage}
        />
        <Choice
          name="theme"
          label={text.theme}
          value={theme.value}
          options={themes.map((value) => ({ value, label: text[value] }))}
          choose={chooseTheme}
        />
        {hasKeyboard.value && (
          <section class="keys">
            <h3>{text.keys}</h3>
            <dl>
              {keysOf(text).map(({ does, keys }) => (
                <div key={does}>
                  <dt>{does}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        )}
      </div>
    </Dialog>
  );
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: string;
    readonly language?: string;
  }[];
  readonly choose: (value: Value) => void;
}

function Choice<Value extends string>(props: ChoiceProps<Value>): JSX.Element {
  const { name, label, options, choose } = props;
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-options">
        {options.map(({ value, label: option, language: lang }) => (
          <label key={value} lang={lang}>
            <input
              type="radio"
              name={name}
              checked={value === props.value}
              onChange={() => choose(value)}
            />
            <span>{option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
