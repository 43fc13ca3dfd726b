import { describe, TurnkeepError } from "../../errors.ts";

/** What a template's variable can be filled with. */
export type TemplateValue = string | number | boolean;

/** The names of a template's variables, as TypeScript reads them off its text. */
export type TemplateVariables<Template extends string> = Template extends `${string}{${infer Rest}`
  ? Rest extends `{${infer Literal}`
    ? TemplateVariables<Literal>
    : Rest extends `${infer Name}}${infer After}`
      ? Name | TemplateVariables<After>
      : never
  : never;

/**
 * What fills a template: an object with a value for each variable; for a single variable also a
 * text. A template that is not known when the program is compiled takes anything, and so does one
 * without variables, which needs nothing.
 */
export type TemplateInput<Template extends string> = string extends Template
  ? unknown
  : [TemplateVariables<Template>] extends [never]
    ? unknown
    : | { readonly [Name in TemplateVariables<Template>]: TemplateValue }
      | (IsUnion<TemplateVariables<Template>> extends true ? never : string);

type IsUnion<Type, Member = Type> = Type extends unknown
  ? [Member] extends [Type]
    ? false
    : true
  : never;

type Piece = { readonly text: string } | { readonly variable: string };

/**
 * A prompt with variables: `{name}`, where a name begins with a letter or `_` and goes on with
 * letters, digits and `_`. `{{` and `}}` stand for the braces themselves.
 */
export class PromptTemplate {
  /** The names of the variables, each once, in the order of the template. */
  readonly variables: readonly string[];
  readonly #pieces: readonly Piece[];

  /** @throws TurnkeepError `invalid_argument` where a brace is neither doubled nor around a name. */
  constructor(template: string) {
    if (typeof template !== "string") {
      throw new TurnkeepError(
        "invalid_argument",
        `A prompt template is a string, but it is ${describe(template)}.`,
      );
    }
    this.#pieces = parse(template);
    const names = this.#pieces.flatMap((piece) => ("variable" in piece ? [piece.variable] : []));
    this.variables = [...new Set(names)];
  }

  /**
   * The prompt for a message's content.
   * @throws TurnkeepError `input_invalid` where a variable has no value, naming it; where a text
   * is given for several variables; where a value is no text, number or boolean.
   */
  toPrompt(content: unknown): string {
    const values = this.#valuesOf(content);
    return this.#pieces
      .map((piece) => ("text" in piece ? piece.text : toText(piece.variable, values)))
      .join("");
  }

  #valuesOf(content: unknown): Readonly<Record<string, unknown>> {
    const [first, ...others] = this.variables;
    if (first === undefined) return {};
    if (typeof content === "string") {
      if (others.length === 0) return { [first]: content };
      throw new TurnkeepError(
        "input_invalid",
        `A text fills a template of one variable, but this one has ${this.variables.length}: ${this.variables.join(", ")}. Send an object with a value for each.`,
      );
    }
    if (typeof content === "object" && content !== null && !Array.isArray(content)) {
      return content as Record<string, unknown>;
    }
    throw new TurnkeepError(
      "input_invalid",
      `The message must be ${others.length === 0 ? "a text, or " : ""}an object with a value for ${this.variables.join(", ")}, but it is ${describe(content)}.`,
    );
  }
}

function parse(template: string): Piece[] {
  const pieces: Piece[] = [];
  const tokens = /\{\{|\}\}|\{(?<variable>[\p{L}_][\p{L}\p{N}\p{M}_]*)\}|[{}]|[^{}]+/gu;
  for (const { 0: token, groups, index } of template.matchAll(tokens)) {
    const variable = groups?.["variable"];
    if (variable !== undefined) {
      pieces.push({ variable });
    } else if (token === "{" || token === "}") {
      throw new TurnkeepError(
        "invalid_argument",
        `The prompt template has a lone ${token} at character ${index}, before ${describe(template.slice(index + 1, index + 21))}. A variable is written {name}; for the brace itself write ${token}${token}.`,
      );
    } else {
      pieces.push({ text: token === "{{" ? "{" : token === "}}" ? "}" : token });
    }
  }
  return pieces;
}

function toText(variable: string, values: Readonly<Record<string, unknown>>): string {
  const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  throw new TurnkeepError(
    "input_invalid",
    value === undefined
      ? `The message has no value for the template's variable ${variable}.`
      : `The value of the template's variable ${variable} must be a text, a number or a boolean, but it is ${describe(value)}.`,
  );
}
