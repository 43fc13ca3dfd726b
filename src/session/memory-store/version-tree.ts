import { type PlacedTurn, TurnTree } from "../turn-tree.ts";
import type { TurnRecord } from "../turn-store.ts";

/** How the turns of a session in memory hang together, and which path is the chosen one. */
export class VersionTree {
  #placed: readonly PlacedTurn[] = [];
  #tree = new TurnTree([]);
  /** The end of the chosen path; undefined while no turn has versions: then it is the last turn. */
  #head: number | undefined;

  /** The end of the chosen path of so many turns. */
  head(count: number): number {
    return this.#head ?? count;
  }

  /** Whether a turn, or 0 for the session's beginning, is on the chosen path. */
  isChosen(number: number): boolean {
    return this.#head === undefined || this.#tree.isOn(number, this.#head);
  }

  /**
   * Places a turn that follows others.
   * @param last the number of the newest live turn.
   */
  follow({ number, requestId }: Omit<PlacedTurn, "parent">, last: number | undefined): void {
    if (this.#head === undefined) return;
    const isAside = last !== undefined && !this.isChosen(last);
    const parent = isAside ? this.#tree.newestEnd(last, number - 1) : this.#head;
    if (parent !== number - 1) this.#place({ number, parent, requestId });
    if (!isAside) this.#head = number;
  }

  /** Places a turn as another version of an earlier one. */
  addVersion(turn: Omit<PlacedTurn, "parent">, of: Omit<PlacedTurn, "parent">): void {
    this.#head ??= turn.number - 1;
    const parent = this.#tree.parentOf(of.number);
    for (const { number, requestId } of [of, turn]) {
      if (!this.#tree.has(number)) this.#place({ number, parent, requestId });
    }
  }

  /** Makes a turn and the newest that follow it the chosen path. */
  choose(number: number, count: number): void {
    if (!this.isChosen(number)) this.#head = this.#tree.newestEnd(number, count);
  }

  /** The number of the turn that a turn follows. */
  parentOf(number: number): number {
    return this.#tree.parentOf(number);
  }

  /** The end of the path that is shown while a turn is the newest live one. */
  shownEnd(last: number | undefined, count: number): number {
    return last === undefined || this.isChosen(last) ? this.head(count) : last;
  }

  /** The turns of the path that ends with one, and 0. */
  pathTo(end: number): ReadonlySet<number> {
    return new Set([0, ...this.#tree.behind(0, end)]);
  }

  /** What is told of a turn's place. */
  placeOf({
    number,
    requestId,
  }: Omit<PlacedTurn, "parent">): Pick<TurnRecord, "parent" | "chosen" | "versions"> {
    return {
      parent: this.parentOf(number),
      chosen: this.isChosen(number),
      versions: this.#tree.versionsOf(number, requestId),
    };
  }

  #place({ number, parent, requestId }: PlacedTurn): void {
    this.#placed = [...this.#placed, { number, parent, requestId }];
    this.#tree = new TurnTree(this.#placed);
  }
}
