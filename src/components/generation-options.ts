import type { RunOptions } from "../component/component.ts";
import { describe, TurnkeepError } from "../errors.ts";
import type { GenerationSettings } from "../models/call-model.ts";

/**
 * How the model is to answer; what is absent is left to the model. Each can also be given by the
 * name it has in AppBuilder's requests, which are handed on to `run` as they were sent; where both
 * are given, the first name counts.
 */
export interface GenerationOptions extends RunOptions {
  /** How freely it chooses words, from 0. */
  readonly temperature?: number | undefined;
  /** From how large a part of the likeliest words it chooses, from 0 to 1; also `top_p`. */
  readonly topP?: number | undefined;
  /** The most tokens of an answer, from 1; also `max_output_tokens`. */
  readonly maxOutputTokens?: number | undefined;
  /** A text, or a text that is a JSON object; also `response_format`. */
  readonly responseFormat?: "text" | "json_object" | undefined;
  /** Where one of these texts would come, the answer ends. */
  readonly stop?: readonly string[] | undefined;
  /** Whether a web search of the model's own stays off; also `disable_search`. */
  readonly disableSearch?: boolean | undefined;
}

/**
 * Reads the generation options among a run's options.
 * @throws TurnkeepError `input_invalid` for a value of a wrong type or out of range.
 */
export function readGenerationOptions(options: RunOptions): {
  readonly settings: GenerationSettings;
  readonly disableSearch: boolean | undefined;
} {
  const temperature = read(options, ["temperature"], {
    expected: "a number from 0",
    accepts: (value): value is number => isFiniteNumber(value) && value >= 0,
  });
  const topP = read(options, ["topP", "top_p"], {
    expected: "a number from 0 to 1",
    accepts: (value): value is number => isFiniteNumber(value) && value >= 0 && value <= 1,
  });
  const maxOutputTokens = read(options, ["maxOutputTokens", "max_output_tokens"], {
    expected: "a whole number from 1",
    accepts: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 1,
  });
  const format = read(options, ["responseFormat", "response_format"], {
    expected: '"text" or "json_object"',
    accepts: (value) => value === "text" || value === "json_object",
  });
  const stop = read(options, ["stop"], {
    expected: "a list of texts",
    accepts: (value): value is readonly string[] =>
      Array.isArray(value) && value.every((text) => typeof text === "string"),
  });
  const disableSearch = read(options, ["disableSearch", "disable_search"], {
    expected: "true or false",
    accepts: (value) => typeof value === "boolean",
  });
  return {
    settings: {
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(format === undefined
        ? {}
        : { responseFormat: { type: format === "json_object" ? "json" : "text" } }),
      ...(stop === undefined ? {} : { stopSequences: [...stop] }),
    },
    disableSearch,
  };
}

/**
 * Reads one of a run's options by the first of its names that is given.
 * @throws TurnkeepError `input_invalid` where it is not what is expected.
 */
export function read<Value>(
  options: RunOptions,
  names: readonly string[],
  kind: { readonly expected: string; readonly accepts: (value: unknown) => value is Value },
): Value | undefined {
  for (const name of names) {
    const value = options[name];
    if (value === undefined) continue;
    if (kind.accepts(value)) return value;
    throw new TurnkeepError(
      "input_invalid",
      `The argument ${name} must be ${kind.expected}, but it is ${describe(value)}.`,
    );
  }
  return undefined;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
