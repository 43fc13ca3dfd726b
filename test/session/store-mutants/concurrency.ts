import { setTimeout } from "node:timers/promises";
import type { SessionRecord, TurnMessages } from "../../../src/session/session-store.ts";
import { type SketchRow, SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

/** Turns that come apart, and turns that get lost. */
export const concurrencyMutants: readonly StoreMutant[] = [
  {
    fault: "stores what it can of a turn that fails",
    caughtBy: "of a turn that is refused midway nothing is stored, and its neighbours are",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        const records: SessionRecord[] = [];
        for (const message of turn.messages) {
          records.push(...(await super.appendTurn({ ...turn, messages: [message] })));
        }
        return records;
      }
    },
  },
  {
    fault: "stores the messages before the one that cannot be read",
    caughtBy: "of a turn that cannot be read whole nothing is stored",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        try {
          return await super.appendTurn(turn);
        } catch (error) {
          await super.appendTurn({ ...turn, messages: turn.messages.slice(0, 1) });
          throw error;
        }
      }
    },
  },
  {
    fault: "fails the turns beside one that fails",
    caughtBy: "of a turn that is refused midway nothing is stored, and its neighbours are",
    Store: class extends SketchStore {
      static waiting: { turn: TurnMessages; done: PromiseWithResolvers<void> }[] = [];
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        const done = Promise.withResolvers<void>();
        const group = (this.constructor as unknown as { waiting: (typeof entry)[] }).waiting;
        const entry = { turn, done };
        if (group.push(entry) === 1) {
          await setTimeout(1);
          const turns = group.splice(0);
          const refused = turns
            .flatMap((each) => each.turn.messages)
            .some(({ messageKey }) => this.shelf.refusedKeys.has(messageKey));
          for (const each of turns) {
            if (refused) each.done.reject(new Error("refused"));
            else each.done.resolve();
          }
        }
        await done.promise;
        return super.appendTurn(turn);
      }
    },
  },
  {
    fault: "says that a turn is stored that is not",
    caughtBy: "of a turn that is refused midway nothing is stored, and its neighbours are",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        return super.appendTurn(turn).catch((error: unknown) => {
          if (error instanceof RangeError) throw error;
          return [];
        });
      }
    },
  },
  {
    fault: "shows a turn's first message before the second is stored",
    caughtBy: "a reader beside 64 writers sees whole turns, and each as soon as it is stored",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        this.requireOpen();
        const rows = this.toRows(turn);
        for (const row of rows) this.requireAccepted(row);
        for (const row of rows) {
          this.add([row]);
          await setTimeout(1);
        }
        return rows.map((row) => this.toRecord(row));
      }
    },
  },
  {
    fault: "says that a turn is stored before it can be read",
    caughtBy: "a reader beside 64 writers sees whole turns, and each as soon as it is stored",
    Store: class extends SketchStore {
      override add(rows: readonly SketchRow[]): void {
        setImmediate(() => super.add(rows));
      }
    },
  },
  {
    fault: "loses what another writer stores between its read and its write",
    caughtBy: "64 writers of one session lose nothing, and their turns stand one after another",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        this.requireOpen();
        const before = this.shelf.rows;
        const rows = this.toRows(turn);
        for (const row of rows) this.requireAccepted(row);
        await Promise.resolve();
        this.shelf.rows = [...before, ...rows];
        return rows.map((row) => this.toRecord(row));
      }
    },
  },
  {
    fault: "gives turns that are stored at the same time the same times",
    caughtBy: "64 writers of one session lose nothing, and their turns stand one after another",
    Store: class extends SketchStore {
      override async appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        this.requireOpen();
        const rows = this.toRows(turn);
        for (const row of rows) this.requireAccepted(row);
        await setTimeout(1);
        this.add(rows);
        return rows.map((row) => this.toRecord(row));
      }
    },
  },
  {
    fault: "takes turns with itself, and not with other stores",
    caughtBy: "two stores that write one session at the same time lose nothing and keep one order",
    Store: class extends SketchStore {
      before: Promise<unknown> = Promise.resolve();
      override appendTurn(turn: TurnMessages): Promise<readonly SessionRecord[]> {
        const append = this.before.then(async () => {
          this.requireOpen();
          const rows = this.toRows(turn);
          for (const row of rows) this.requireAccepted(row);
          await Promise.resolve();
          this.add(rows);
          return rows.map((row) => this.toRecord(row));
        });
        this.before = append.catch(() => undefined);
        return append;
      }
    },
  },
];
