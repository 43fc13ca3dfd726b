import { describe, TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageSource, MessageStream } from "../message/message-stream.ts";
import { toPieces } from "../message/message-pieces.ts";
import { isMessage, Message } from "../message/message.ts";
import { Component, type RunOptions } from "./component.ts";

/** A component whose answer's form follows the option `stream`. */
export interface DefinedComponent<Input, Output> extends Component<Input, Output> {
  run(
    message: Message<Input>,
    options: RunOptions & { readonly stream: true },
  ): Promise<StreamedAnswer<Output>>;
  run(
    message: Message<Input>,
    options?: RunOptions & { readonly stream?: false | undefined },
  ): Promise<Message<Output>>;
  run(message: Message<Input>, options?: RunOptions): Promise<Message<Output> | MessageStream>;
}

/** The answer where a stream is wanted: only a text has pieces, another content stays whole. */
export type StreamedAnswer<Output> = [Output] extends [string]
  ? MessageStream
  : Message<Output> | MessageStream;

/** The content of what {@link defineComponent}'s function answers: pieces make a text. */
export type ContentOf<Answer> =
  Answer extends Message<infer Content>
    ? Content
    : Answer extends AsyncIterable<MessageSource>
      ? string
      : Answer;

/** What {@link defineComponent} takes. */
export interface ComponentDefinition<Input, Output> {
  /**
   * Answers a message, once for both modes: an async generator of texts, deltas or parts, or a
   * promise of a message, of its content, or of a stream.
   */
  readonly run: (
    message: Message<Input>,
    options: RunOptions & { readonly stream: boolean; readonly signal: AbortSignal },
  ) =>
    | AsyncIterable<MessageSource>
    | Promise<Message<Output> | MessageStream | Output | AsyncIterable<MessageSource>>;
}

/**
 * Makes a component out of one function, written once for both modes: where it answers piece by
 * piece and the whole is wanted, the pieces are collected; where it answers a whole text and a
 * stream is wanted, that is one piece (a content that is not a text stays a whole message).
 *
 * Its `run` throws, beside what the function throws, TurnkeepError `result_invalid` for an answer
 * of nothing (`undefined`) and for a piece that is not one, and `message_invalid` for an answer that
 * is not JSON.
 * @throws TurnkeepError `component_invalid` where `run` is not a function.
 */
export function defineComponent<Input = unknown, Output = string>(
  definition: ComponentDefinition<Input, Output>,
): DefinedComponent<Input, ContentOf<Output>> {
  if (typeof definition?.run !== "function") {
    throw new TurnkeepError(
      "component_invalid",
      `defineComponent takes { run }, a function, but was given ${describe(definition)}${definition === undefined || definition === null ? "" : ` whose run is ${describe(definition.run)}`}.`,
    );
  }
  return new FunctionComponent(definition) as unknown as DefinedComponent<Input, ContentOf<Output>>;
}

class FunctionComponent<Input, Output> extends Component<Input, Output> {
  readonly #definition: ComponentDefinition<Input, Output>;

  constructor(definition: ComponentDefinition<Input, Output>) {
    super();
    this.#definition = definition;
  }

  override async run(
    message: Message<Input>,
    options: RunOptions & { readonly signal: AbortSignal },
  ): Promise<Message<Output> | MessageStream> {
    const stream = options.stream === true;
    const answer: unknown = await this.#definition.run(message, { ...options, stream });
    if (isMessageStream(answer)) return inMode(answer, stream);
    if (isMessage(answer)) return inMode(answer as Message<Output>, stream);
    if (typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer) {
      return inMode(MessageStream.from(answer as AsyncIterable<string>), stream);
    }
    if (answer === undefined) {
      throw new TurnkeepError(
        "result_invalid",
        "The component's run answered nothing (undefined): return a message, or yield its pieces.",
      );
    }
    return inMode(new Message(answer as Output), stream);
  }
}

async function inMode<Output>(
  answer: Message<Output> | MessageStream,
  stream: boolean,
): Promise<Message<Output> | MessageStream> {
  if (isMessageStream(answer)) {
    return stream ? answer : ((await answer.finalMessage()) as Message as Message<Output>);
  }
  const { id, name, content } = answer;
  return stream && typeof content === "string"
    ? MessageStream.from(toPieces(answer as Message as Message<string>), { id, name })
    : answer;
}
