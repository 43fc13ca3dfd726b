import type { Chunk } from "./chunks.ts";
import type { Metadata, Part, ReasoningPart, TextPart, ToolPart, UIMessage } from "./ui-message.ts";

/** Makes a message of the chunks that tell it. */
export class MessageBuilder {
  #id: string;
  #metadata: Metadata;
  readonly #parts: Part[] = [];
  /** Where the parts lie to which further chunks belong, by kind and id. */
  readonly #places = new Map<string, number>();
  readonly #inputs = new Map<string, string>();

  constructor(id: string, metadata: Metadata = {}) {
    this.#id = id;
    this.#metadata = metadata;
  }

  /** The message as it is known by now. */
  get message(): UIMessage {
    return { id: this.#id, role: "assistant", parts: [...this.#parts], metadata: this.#metadata };
  }

  /** Takes the next chunk. */
  take(chunk: Chunk): void {
    if (chunk.type.startsWith("data-")) this.#takeData(chunk as Chunk & { type: `data-${string}` });
    else if (chunk.type.startsWith("tool-")) this.#takeTool(chunk);
    else this.#takeOther(chunk);
  }

  #takeOther(chunk: Chunk): void {
    switch (chunk.type) {
      case "start":
      case "finish":
        this.#id = chunk.messageId ?? this.#id;
        this.#merge(chunk.messageMetadata);
        break;
      case "message-metadata":
        this.#merge(chunk.messageMetadata);
        break;
      case "text-start":
        this.#add(`text ${chunk.id}`, { type: "text", text: "" });
        break;
      case "reasoning-start":
        this.#add(`reasoning ${chunk.id}`, { type: "reasoning", text: "", state: "streaming" });
        break;
      case "text-delta":
        this.#change<TextPart>(`text ${chunk.id}`, (part) => ({
          ...part,
          text: part.text + chunk.delta,
        }));
        break;
      case "reasoning-delta":
        this.#change<ReasoningPart>(`reasoning ${chunk.id}`, (part) => ({
          ...part,
          text: part.text + chunk.delta,
        }));
        break;
      case "reasoning-end":
        this.#change<ReasoningPart>(`reasoning ${chunk.id}`, (part) => ({
          ...part,
          state: "done",
        }));
        break;
      case "source-url":
      case "source-document":
        this.#parts.push(chunk);
        break;
      case "file": {
        const { type, url, mediaType, providerMetadata } = chunk;
        this.#parts.push({ type, url, mediaType, ...providerMetadata?.turnkeep });
        break;
      }
      case "abort":
        this.#merge({ state: "stopped" });
        break;
      case "error":
        this.#merge({ state: "failed", error: { code: "failed", message: chunk.errorText } });
        break;
      default:
    }
  }

  #takeTool(chunk: Chunk): void {
    switch (chunk.type) {
      case "tool-input-start":
        this.#tool(chunk.toolCallId, { state: "input-streaming" }, chunk.toolName);
        break;
      case "tool-input-delta": {
        const input = (this.#inputs.get(chunk.toolCallId) ?? "") + chunk.inputTextDelta;
        this.#inputs.set(chunk.toolCallId, input);
        this.#tool(chunk.toolCallId, { input });
        break;
      }
      case "tool-input-available": {
        const { input, toolName } = chunk;
        this.#tool(chunk.toolCallId, { state: "input-available", input }, toolName);
        break;
      }
      case "tool-output-available":
        this.#tool(chunk.toolCallId, { state: "output-available", output: chunk.output });
        break;
      case "tool-output-error":
        this.#tool(chunk.toolCallId, { state: "output-error", errorText: chunk.errorText });
        break;
      default:
    }
  }

  #takeData(chunk: {
    readonly type: `data-${string}`;
    readonly id?: string;
    readonly data: unknown;
    readonly transient?: boolean;
  }): void {
    const { type, id, data, transient = false } = chunk;
    if (transient) return;
    const part: Part = { type, data, ...(id === undefined ? {} : { id }) };
    if (id === undefined) this.#parts.push(part);
    else this.#add(`${type} ${id}`, part);
  }

  #tool(toolCallId: string, change: Partial<ToolPart>, toolName = "tool"): void {
    const place = `tool ${toolCallId}`;
    if (!this.#places.has(place)) {
      this.#add(place, { type: `tool-${toolName}`, toolCallId, state: "input-streaming" });
    }
    this.#change<ToolPart>(place, (part) => ({ ...part, ...change }));
  }

  #merge(metadata: Metadata | undefined): void {
    this.#metadata = { ...this.#metadata, ...metadata };
  }

  /** Adds a part, or puts it in place of the one that was there under its name. */
  #add(place: string, part: Part): void {
    const index = this.#places.get(place) ?? this.#parts.length;
    this.#parts[index] = part;
    this.#places.set(place, index);
  }

  #change<Kind extends Part>(place: string, change: (part: Kind) => Kind): void {
    const index = this.#places.get(place);
    if (index !== undefined) this.#parts[index] = change(this.#parts[index] as Kind);
  }
}
