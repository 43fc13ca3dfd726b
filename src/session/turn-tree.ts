/** A turn whose place in the tree must be told: it has versions, or does not follow the one before. */
export interface PlacedTurn {
  readonly number: number;
  /** The number of the turn that it follows; 0 for one that begins the session. */
  readonly parent: number;
  readonly requestId: string;
}

/**
 * How the turns of a session hang together, by their numbers; 0 stands for the session's beginning.
 * Each turn follows one with a lower number: the one before it, unless its place is told.
 */
export class TurnTree {
  readonly #placed: ReadonlyMap<number, PlacedTurn>;

  /** @param placed the turns whose places are told: all that have versions are among them. */
  constructor(placed: readonly PlacedTurn[]) {
    // A row that says otherwise is none of ours, and paths would have no end.
    const possible = placed.filter(({ number, parent }) => parent < number);
    this.#placed = new Map(possible.map((turn) => [turn.number, turn]));
  }

  /** Whether a turn's place is told. */
  has(number: number): boolean {
    return this.#placed.has(number);
  }

  /** The number of the turn that a turn follows. */
  parentOf(number: number): number {
    return this.#placed.get(number)?.parent ?? number - 1;
  }

  /** Whether a turn is on the path that ends with another. */
  isOn(number: number, end: number): boolean {
    let each = end;
    while (each > number) each = this.parentOf(each);
    return each === number;
  }

  /** The last turn that two paths have in common, by the turns that they end with. */
  forkOf(one: number, other: number): number {
    let [left, right] = [one, other];
    while (left !== right) {
      if (left > right) left = this.parentOf(left);
      else right = this.parentOf(right);
    }
    return left;
  }

  /** The turns of a path behind one of it, by the turn that it ends with, the last one first. */
  behind(fork: number, end: number): number[] {
    const numbers: number[] = [];
    for (let each = end; each > fork; each = this.parentOf(each)) numbers.push(each);
    return numbers;
  }

  /**
   * The end of the path from a turn on that goes to the newest turn each time.
   * @param count how many turns the session has.
   */
  newestEnd(number: number, count: number): number {
    const newest = new Map<number, number>();
    for (let each = number + 1; each <= count; each += 1) newest.set(this.parentOf(each), each);
    let end = number;
    for (let next = newest.get(end); next !== undefined; next = newest.get(end)) end = next;
    return end;
  }

  /** The versions of a turn in their order, itself among them, by request id. */
  versionsOf(number: number, requestId: string): readonly string[] {
    const place = this.#placed.get(number);
    if (place === undefined) return [requestId];
    return [...this.#placed.values()]
      .filter(({ parent }) => parent === place.parent)
      .toSorted((one, other) => one.number - other.number)
      .map((turn) => turn.requestId);
  }
}
