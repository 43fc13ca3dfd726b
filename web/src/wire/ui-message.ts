/** Where a turn stands: as `GET /runs/{id}` has it. */
export type TurnState = "queued" | "running" | "complete" | "stopped" | "failed" | "interrupted";

/** What a user thinks of an answer. */
export interface Feedback {
  readonly value: "up" | "down";
  readonly comment?: string;
}

/** What the server tells of a message's turn. */
export interface Metadata {
  readonly requestId?: string;
  readonly state?: TurnState;
  readonly createdAt?: string;
  /** The versions of the turn in their order, by request id, and which of them this one is. */
  readonly versions?: { readonly index: number; readonly ids: readonly string[] };
  readonly feedback?: Feedback | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
  readonly state?: "streaming" | "done";
}

export interface FilePart {
  readonly type: "file";
  readonly mediaType: string;
  readonly url: string;
  readonly filename?: string;
}

export interface SourcePart {
  readonly type: "source-url" | "source-document";
  readonly sourceId: string;
  readonly url?: string;
  readonly title?: string;
  readonly filename?: string;
}

export interface ToolPart {
  readonly type: `tool-${string}`;
  readonly toolCallId: string;
  readonly state: "input-streaming" | "input-available" | "output-available" | "output-error";
  readonly input?: unknown;
  readonly output?: unknown;
  readonly errorText?: string;
}

export interface DataPart {
  readonly type: `data-${string}`;
  readonly id?: string;
  readonly data: unknown;
}

/** A part of a message; of other types than these the page shows nothing. */
export type Part = TextPart | ReasoningPart | FilePart | SourcePart | ToolPart | DataPart;

/** A message of the AI SDK's UI: what the wire carries. */
export interface UIMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly parts: readonly Part[];
  readonly metadata?: Metadata;
}

export function isToolPart(part: Part): part is ToolPart {
  return part.type.startsWith("tool-");
}

export function isDataPart(part: Part): part is DataPart {
  return part.type.startsWith("data-");
}

export function isSourcePart(part: Part): part is SourcePart {
  return part.type === "source-url" || part.type === "source-document";
}

/** The text of a message: its text parts, a paragraph each. */
export function textOf({ parts }: UIMessage): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

/** The files of a message. */
export function filesOf({ parts }: UIMessage): readonly FilePart[] {
  return parts.filter((part) => part.type === "file");
}

/** Whether the answer of this state is still to come, or coming. */
export function isLive(state: TurnState | undefined): boolean {
  return state === "queued" || state === "running";
}
