import type { DataPart, MessagePart, ToolPart } from "./message-part.ts";

/** The parts of a message, made of the pieces that tell them. */
export class PartList {
  readonly #parts: MessagePart[] = [];
  /** Where the parts lie that are told anew under a name of their own. */
  readonly #places = new Map<string, number>();

  /** Whether a piece would tell more of a part that is there, rather than another one. */
  isUpdate(piece: MessagePart): boolean {
    const name = nameOf(piece);
    return name !== undefined && this.#places.has(name);
  }

  /** What the tool of a call is called, where that has been told. */
  nameOfTool(id: string): string | undefined {
    const part = this.#parts[this.#places.get(`tool ${id}`) ?? -1];
    return part?.type === "tool" ? part.name : undefined;
  }

  /**
   * Takes the next piece.
   * @param at how much of the text stands before it.
   */
  add(piece: MessagePart, at: number): void {
    const { at: _at, ...rest } = piece;
    const part = (at === 0 ? rest : { ...rest, at }) as MessagePart;
    const last = this.#parts.at(-1);
    const name = nameOf(piece);
    const place = name === undefined ? undefined : this.#places.get(name);
    if (place !== undefined) {
      this.#parts[place] = { ...this.#parts[place], ...rest };
    } else if (part.type === "reasoning" && last?.type === "reasoning" && (last.at ?? 0) === at) {
      this.#parts[this.#parts.length - 1] = { ...last, text: last.text + part.text };
    } else {
      if (name !== undefined) this.#places.set(name, this.#parts.length);
      this.#parts.push(part);
    }
  }

  /** The parts as a message has them. */
  toParts(): readonly MessagePart[] {
    // A model that stops in mid-character leaves half a surrogate pair, which no database keeps.
    return this.#parts.map((part) =>
      part.type === "reasoning" ? { ...part, text: part.text.toWellFormed() } : part,
    );
  }
}

/** The parts that pieces make, each of which says where it stands. */
export function joinParts(pieces: readonly MessagePart[]): readonly MessagePart[] {
  const parts = new PartList();
  for (const piece of pieces) parts.add(piece, piece.at ?? 0);
  return parts.toParts();
}

/** What a part is called that may be told anew. */
function nameOf(part: MessagePart): string | undefined {
  if (part.type === "tool") return toolName(part);
  return part.type === "data" ? dataName(part) : undefined;
}

function toolName({ id }: ToolPart): string {
  return `tool ${id}`;
}

function dataName({ name, id }: DataPart): string | undefined {
  return id === undefined ? undefined : `data ${name} ${id}`;
}
