import { describe, TurnkeepError } from "../errors.ts";
import { isMessageStream, type MessageDelta, MessageStream } from "../message/message-stream.ts";
import { isMessage, Message } from "../message/message.ts";
import { Component, type RunOptions } from "./component.ts";

/** A component whose answer's form follows the option `stream`. */
export interface DefinedComponent<Input, Output> extends Component<Input, Output> {
  run(
    message: Message<Input>,
    options: RunOptions & { readonly stream: true },
  ): Promise<MessageStream>;
  run(
    message: Message<Input>,
    options?: RunOptions & { readonly stream?: false | undefined },
  ): Promise<Message<Output>>;
  run(message: Message<Input>, options?: RunOptions): Promise<Message<Output> | MessageStream>;
}

/** What {@link defineComponent} takes. */
export interface ComponentDefinition<Input, Output> {
  /**
   * Answers a message, once for both modes: an async generator of texts or deltas, or a promise of
   * a message, a text or a stream.
   */
  readonly run: (
    message: Message<Input>,
    options: RunOptions,
  ) =>
    | AsyncIterable<string | MessageDelta>
    | Promise<Message<Output> | MessageStream | Output | AsyncIterable<string | MessageDelta>>;
}

/**
 * Makes a component out of one function, written once for both modes: where it answers piece by
 * piece and the whole is wanted, the pieces are collected; where it answers a whole and a stream
 * is wanted, that is one piece (a content that is not a text then stays a whole message).
 */
export function defineComponent<Input = unknown, Output = string>(
  definition: ComponentDefinition<Input, Output>,
): DefinedComponent<Input, Output> {
  if (typeof definition?.run !== "function") {
    throw new TurnkeepError(
      "component_invalid",
      `defineComponent takes { run }, a function, but was given ${describe(definition)}${definition === undefined || definition === null ? "" : ` whose run is ${describe(definition.run)}`}.`,
    );
  }
  return new FunctionComponent(definition) as unknown as DefinedComponent<Input, Output>;
}

class FunctionComponent<Input, Output> extends Component<Input, Output> {
  readonly #definition: ComponentDefinition<Input, Output>;

  constructor(definition: ComponentDefinition<Input, Output>) {
    super();
    this.#definition = definition;
  }

  override async run(
    message: Message<Input>,
    options: RunOptions = {},
  ): Promise<Message<Output> | MessageStream> {
    const answer: unknown = await this.#definition.run(message, options);
    if (isMessageStream(answer)) return inMode(answer, options);
    if (isMessage(answer)) return answer as Message<Output>;
    if (typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer) {
      return inMode(MessageStream.from(answer as AsyncIterable<string>), options);
    }
    if (answer === undefined) {
      throw new TurnkeepError(
        "result_invalid",
        "The component's run answered nothing (undefined): return a message, or yield its pieces.",
      );
    }
    return new Message(answer as Output);
  }
}

async function inMode<Output>(
  stream: MessageStream,
  { stream: wanted }: RunOptions,
): Promise<Message<Output> | MessageStream> {
  return wanted === true ? stream : ((await stream.finalMessage()) as unknown as Message<Output>);
}
