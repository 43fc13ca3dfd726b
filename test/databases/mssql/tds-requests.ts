// What a client of SQL Server sends, as the protocol TDS has it (MS-TDS).

/** A value that a statement was given. */
export type SentValue = string | number | boolean | null;

/** A statement as it came over the wire. */
export interface SentStatement {
  readonly text: string;
  /** How its parameters are declared; empty where it has none. */
  readonly declaration: string;
  readonly values: readonly SentValue[];
}

/** Reads a request of a batch of statements without parameters. */
export function readBatch(body: Buffer): SentStatement {
  const { text } = new Reader(body).skipHeaders().rest();
  return { text, declaration: "", values: [] };
}

const spExecuteSql = 10;

/** Reads a call of `sp_executesql`. */
export function readCall(body: Buffer): SentStatement {
  const reader = new Reader(body).skipHeaders();
  const marker = reader.uint16();
  const procedure = reader.uint16();
  if (marker !== 0xff_ff || procedure !== spExecuteSql) {
    throw new Error(`a call of another procedure: ${procedure}`);
  }
  reader.uint16();
  const values: SentValue[] = [];
  while (!reader.isAtEnd) values.push(reader.parameter());
  const [text = "", declaration = "", ...rest] = values;
  return { text: String(text), declaration: String(declaration), values: rest };
}

class Reader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#body.length;
  }

  skipHeaders(): this {
    this.#at = this.#body.readUInt32LE(0);
    return this;
  }

  rest(): { readonly text: string } {
    return { text: this.#body.toString("utf16le", this.#at) };
  }

  uint16(): number {
    this.#at += 2;
    return this.#body.readUInt16LE(this.#at - 2);
  }

  parameter(): SentValue {
    this.#at += 1 + this.#body.readUInt8(this.#at) * 2;
    this.#at += 1;
    const type = this.#uint8();
    switch (type) {
      case 0xe7:
        return this.#nvarchar();
      case 0x26:
        return this.#intn();
      case 0x68: {
        this.#at += 1;
        return this.#uint8() === 0 ? null : this.#uint8() === 1;
      }
      default:
        throw new Error(`a parameter of another type: 0x${type.toString(16)}`);
    }
  }

  #uint8(): number {
    this.#at += 1;
    return this.#body.readUInt8(this.#at - 1);
  }

  #nvarchar(): string | null {
    const longest = this.uint16();
    this.#at += 5;
    if (longest !== 0xff_ff) {
      const length = this.uint16();
      return length === 0xff_ff ? null : this.#text(length);
    }
    const total = this.#body.readBigUInt64LE(this.#at);
    this.#at += 8;
    if (total === 0xff_ff_ff_ff_ff_ff_ff_ffn) return null;
    let text = "";
    for (;;) {
      const length = this.#body.readUInt32LE(this.#at);
      this.#at += 4;
      if (length === 0) return text;
      text += this.#text(length);
    }
  }

  #intn(): number | null {
    this.#at += 1;
    const length = this.#uint8();
    this.#at += length;
    if (length === 0) return null;
    return length === 8
      ? Number(this.#body.readBigInt64LE(this.#at - 8))
      : this.#body.readInt32LE(this.#at - 4);
  }

  #text(length: number): string {
    this.#at += length;
    return this.#body.toString("utf16le", this.#at - length, this.#at);
  }
}
