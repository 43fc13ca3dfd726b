import { Message } from "../../../src/message/message.ts";
import type { TurnChunk } from "../../../src/session/turn-store.ts";
import { type SketchEnd, SketchStore, type SketchTurn } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Chunks that come back as others. */
export const chunkMutants: readonly StoreMutant[] = [
  ...Object.entries({
    "orders chunks as texts": (chunks: readonly TurnChunk[]) =>
      chunks.toSorted((one, other) => (String(one.number) < String(other.number) ? -1 : 1)),
    "loses empty chunks": (chunks: readonly TurnChunk[]) =>
      chunks.filter(({ content }) => content !== ""),
    "trims chunks": (chunks: readonly TurnChunk[]) =>
      chunks.map(({ content, ...chunk }) => ({ ...chunk, content: content.trim() })),
    "loses the fields of chunks": (chunks: readonly TurnChunk[]) =>
      chunks.map(({ fields: _fields, ...chunk }) => ({ ...chunk, fields: {} })),
    "keeps ten chunks at the most": (chunks: readonly TurnChunk[]) => chunks.slice(0, 10),
  }).map(([fault, change]): StoreMutant => ({
    fault,
    caughtBy: "chunks are read as they were kept, in order, from a number on",
    Store: class extends SketchStore {
      override chunksOf(requestId: string): TurnChunk[] {
        return [...change(super.chunksOf(requestId))];
      }
    },
  })),
  ...Object.entries({
    "reads chunks from the next number on": 1,
    "reads a chunk again": -1,
    "reads all chunks": -Infinity,
  }).map(([fault, more]): StoreMutant => ({
    fault,
    caughtBy: "chunks are read as they were kept, in order, from a number on",
    Store: class extends SketchStore {
      override async getChunks(requestId: string, from: number): Promise<readonly TurnChunk[]> {
        return super.getChunks(requestId, from + more);
      }
    },
  })),
  {
    fault: "loses the parts of chunks",
    caughtBy: "chunks keep the pieces of parts that are in them",
    Store: class extends SketchStore {
      override chunksOf(requestId: string): TurnChunk[] {
        return super.chunksOf(requestId).map(({ parts: _parts, ...chunk }) => chunk);
      }
    },
  },
  {
    fault: "loses the parts of an interrupted answer",
    caughtBy: "an interrupted turn keeps the parts that its chunks tell",
    Store: class extends SketchStore {
      override toPart(chunks: readonly TurnChunk[]): Message | undefined {
        return super.toPart(chunks.map(({ parts: _parts, ...chunk }) => chunk));
      }
    },
  },
  {
    fault: "keeps every piece of an interrupted answer as a part of its own",
    caughtBy: "an interrupted turn keeps the parts that its chunks tell",
    Store: class extends SketchStore {
      override toPart(chunks: readonly TurnChunk[]): Message | undefined {
        const part = super.toPart(chunks);
        const parts = chunks.flatMap((chunk) => chunk.parts ?? []);
        const { id, name } = part ?? {};
        return (
          part && new Message(part.content, { ...(id && { id }), ...(name && { name }), parts })
        );
      }
    },
  },
  {
    fault: "gives all chunks of a batch to the turn of the first",
    caughtBy: "chunks of many turns are kept at once, each with its own turn",
    Store: class extends SketchStore {
      override async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
        const requestId = chunks[0]?.requestId ?? "";
        await super.appendChunks(
          replica,
          chunks.map((chunk) => Object.assign({}, chunk, { requestId })),
        );
      }
    },
  },
  {
    fault: "loses the end of a large batch of chunks",
    caughtBy: "chunks of many turns are kept at once, each with its own turn",
    Store: class extends SketchStore {
      override async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
        await super.appendChunks(replica, chunks.slice(0, 64));
      }
    },
  },
  {
    fault: "fails on a batch without chunks",
    caughtBy: "chunks of many turns are kept at once, each with its own turn",
    Store: class extends SketchStore {
      override async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
        if (chunks.length === 0) throw new RangeError("no chunks");
        await super.appendChunks(replica, chunks);
      }
    },
  },
  {
    fault: "keeps a chunk twice",
    caughtBy: "a chunk that is kept already stays as it is",
    Store: class extends SketchStore {
      override takesChunk(replica: string, { requestId }: TurnChunk): boolean {
        return this.heldTurns(replica).some((turn) => turn.requestId === requestId);
      }
    },
  },
  {
    fault: "replaces a chunk",
    caughtBy: "a chunk that is kept already stays as it is",
    Store: class extends SketchStore {
      override takesChunk(replica: string, { requestId, number }: TurnChunk): boolean {
        this.shelf.chunks = this.shelf.chunks.filter(
          (chunk) => chunk.requestId !== requestId || chunk.number !== number,
        );
        return super.takesChunk(replica, { requestId, number, content: "", fields: {} });
      }
    },
  },
  {
    fault: "drops a whole batch for one chunk that it cannot keep",
    caughtBy:
      "chunks of turns that the replica does not hold are left out, and those beside them kept",
    Store: class extends SketchStore {
      override async appendChunks(replica: string, chunks: readonly TurnChunk[]): Promise<void> {
        if (chunks.every((chunk) => this.takesChunk(replica, chunk))) {
          await super.appendChunks(replica, chunks);
        }
      }
    },
  },
  {
    fault: "keeps chunks of turns that another replica holds",
    caughtBy:
      "chunks of turns that the replica does not hold are left out, and those beside them kept",
    Store: class extends SketchStore {
      override takesChunk(_replica: string, { requestId }: TurnChunk): boolean {
        return this.shelf.turns.some((turn) => turn.requestId === requestId && this.isLive(turn));
      }
    },
  },
  {
    fault: "keeps chunks of turns that have ended",
    caughtBy:
      "chunks of turns that the replica does not hold are left out, and those beside them kept",
    Store: class extends SketchStore {
      override takesChunk(replica: string, { requestId }: TurnChunk): boolean {
        return this.shelf.turns.some(
          (turn) => turn.requestId === requestId && turn.replica === replica,
        );
      }
    },
  },
  {
    fault: "keeps chunks after the end",
    caughtBy: "chunks go when their turn ends, and others stay",
    Store: class extends SketchStore {
      override removeChunks(): void {}
    },
  },
  {
    fault: "removes all chunks when a turn ends",
    caughtBy: "chunks go when their turn ends, and others stay",
    Store: class extends SketchStore {
      override removeChunks(): void {
        this.shelf.chunks = [];
      }
    },
  },
  {
    fault: "makes an answer of chunks where a turn ended without one",
    caughtBy: "chunks go when their turn ends, and others stay",
    Store: class extends SketchStore {
      override finish(turn: SketchTurn, end: SketchEnd): void {
        const answer = end.answer ?? this.toPart(this.chunksOf(turn.requestId));
        super.finish(turn, { ...end, answer });
      }
    },
  },
];
