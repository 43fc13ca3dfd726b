/** A connection that cannot be used any more. */
export class ConnectionBroken extends Error {
  override readonly name = "ConnectionBroken";
}

/** A commit that has no answer that says what became of it. */
export class CommitBroken extends Error {
  override readonly name = "CommitBroken";

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A statement in a transaction of which an earlier one failed. Its cause is what that raised. */
export class TransactionFailed extends Error {
  override readonly name = "TransactionFailed";

  constructor(cause: unknown) {
    super("An earlier statement of the transaction has failed.", { cause });
  }
}

/** A host that cannot do what is asked, where another may. */
export class UnusableHost extends Error {
  override readonly name = "UnusableHost";
}

/** A server that let nobody in, and the number of the error that it said why with. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
  readonly number: number;

  constructor(number: number, cause: Error) {
    super(cause.message, { cause });
    this.number = number;
  }
}
