// What SQL Server answers, as the protocol TDS has it (MS-TDS).

/** An error as the server raises it. */
export interface ServerError {
  readonly number: number;
  readonly message: string;
}

/** A cell of a row: a time of a column of the type, or a plain value. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | null
  | { readonly datetime: string }
  | { readonly datetime2: string };

/** A row, by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

/** The options of an encrypted connection that a server may have. */
export const encryption = { on: 1, notSupported: 2 } as const;

/** The answer to the greeting of a client. */
export function greeting(encrypts: boolean): Buffer {
  const version = Buffer.from([16, 0, 0, 1, 0, 0]);
  const offset = 11;
  return Buffer.concat([
    Buffer.from([0, 0, offset, 0, version.length]),
    Buffer.from([1, 0, offset + version.length, 0, 1]),
    Buffer.from([0xff]),
    version,
    Buffer.from([encrypts ? encryption.on : encryption.notSupported]),
  ]);
}

/** Lets a client in. */
export function loginAccepted(): Buffer {
  const name = text8("Microsoft SQL Server");
  const body = Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), name, Buffer.from([16, 0, 0, 1])]);
  return Buffer.concat([Buffer.from([0xad]), uint16(body.length), body, done(0)]);
}

export function errorToken({ number, message }: ServerError): Buffer {
  const line = Buffer.alloc(4);
  line.writeUInt32LE(1);
  const severity = Buffer.alloc(6);
  severity.writeInt32LE(number);
  severity.writeUInt8(1, 4);
  severity.writeUInt8(14, 5);
  const body = Buffer.concat([
    severity,
    uint16(message.length),
    Buffer.from(message, "utf16le"),
    text8("server"),
    text8(""),
    line,
  ]);
  return Buffer.concat([Buffer.from([0xaa]), uint16(body.length), body, done(0, failed)]);
}

/** Begin (8), commit (9) or rollback (10) of a transaction. */
export function transactionChange(type: 8 | 9 | 10): Buffer {
  const descriptor = Buffer.concat([Buffer.from([8]), Buffer.alloc(8, 1)]);
  const none = Buffer.from([0]);
  const body = Buffer.concat([
    Buffer.from([type]),
    ...(type === 8 ? [descriptor, none] : [none, descriptor]),
  ]);
  return Buffer.concat([Buffer.from([0xe3]), uint16(body.length), body]);
}

const withCount = 0x10;
const failed = 2;
const attention = 0x20;

export function done(count: number, status: number = withCount): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt8(0xfd);
  body.writeUInt16LE(status, 1);
  body.writeBigUInt64LE(BigInt(count), 5);
  return body;
}

/** Says that a statement has been given up: an answer to the statement, and one to the wish. */
export function cancelled(): readonly Buffer[] {
  return [done(0, failed), done(0, attention)];
}

/** Rows, of which the first has every column, with a value where another has one. */
export function rowsTokens(rows: readonly Row[]): Buffer {
  const [first] = rows;
  if (first === undefined) return done(0);
  const names = Object.keys(first);
  const kinds = names.map((name) =>
    kindOf(rows.map((row) => row[name] ?? null).find((cell) => cell !== null) ?? null),
  );
  const columns = names.map((name, index) =>
    Buffer.concat([Buffer.alloc(4), uint16(1), kinds[index]?.type ?? Buffer.alloc(0), text8(name)]),
  );
  const metadata = Buffer.concat([Buffer.from([0x81]), uint16(names.length), ...columns]);
  const values = rows.map((row) =>
    Buffer.concat([
      Buffer.from([0xd1]),
      ...names.map((name, index) => kinds[index]?.encode(row[name] ?? null) ?? Buffer.alloc(0)),
    ]),
  );
  return Buffer.concat([metadata, ...values, done(rows.length)]);
}

interface Kind {
  readonly type: Buffer;
  readonly encode: (cell: Cell) => Buffer;
}

function kindOf(cell: Cell): Kind {
  if (typeof cell === "number") return int;
  if (typeof cell === "bigint") return bigint;
  if (typeof cell === "boolean") return bit;
  if (typeof cell === "object" && cell !== null) {
    return "datetime" in cell ? datetimes : datetimes2;
  }
  return nvarchar;
}

const bit: Kind = {
  type: Buffer.from([0x68, 1]),
  encode: (value) => (value === null ? Buffer.from([0]) : Buffer.from([1, Number(value)])),
};

const nvarchar: Kind = {
  type: Buffer.concat([Buffer.from([0xe7]), uint16(8000), Buffer.alloc(5)]),
  encode: (value) => {
    if (value === null) return uint16(0xff_ff);
    const bytes = Buffer.from(value as string, "utf16le");
    return Buffer.concat([uint16(bytes.length), bytes]);
  },
};

const int: Kind = numbers(4, (value) => {
  const body = Buffer.alloc(4);
  body.writeInt32LE(value as number);
  return body;
});

const bigint: Kind = numbers(8, (value) => {
  const body = Buffer.alloc(8);
  body.writeBigInt64LE(value as bigint);
  return body;
});

function numbers(size: number, encode: (cell: Cell) => Buffer): Kind {
  return {
    type: Buffer.from([0x26, size]),
    encode: (cell) =>
      cell === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([size]), encode(cell)]),
  };
}

const dayLength = 86_400_000;

/** Days since 1900, and the three-hundredths of a second since midnight, rounded. */
const datetimes: Kind = {
  type: Buffer.from([0x6f, 8]),
  encode: (cell) => {
    if (cell === null) return Buffer.from([0]);
    const time = Date.parse(`${(cell as { datetime: string }).datetime.replace(" ", "T")}Z`);
    const start = Date.UTC(1900, 0, 1);
    const days = Math.floor((time - start) / dayLength);
    const body = Buffer.alloc(9);
    body.writeUInt8(8);
    body.writeInt32LE(days, 1);
    body.writeInt32LE(Math.round(((time - start) % dayLength) * 0.3), 5);
    return body;
  },
};

/** Millionths of a second since midnight, and days since the year 1. */
const datetimes2: Kind = {
  type: Buffer.from([0x2a, 6]),
  encode: (cell) => {
    if (cell === null) return Buffer.from([0]);
    const [, day = "", hours = "", minutes = "", seconds = "", fraction = ""] =
      /^(\S+) (\d\d):(\d\d):(\d\d)\.(\d{6})$/.exec((cell as { datetime2: string }).datetime2) ?? [];
    const micros =
      ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000 +
      Number(fraction);
    const days = (Date.parse(`${day}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / dayLength + 730_119;
    const body = Buffer.alloc(9);
    body.writeUInt8(8);
    body.writeUIntLE(micros, 1, 5);
    body.writeUIntLE(days, 6, 3);
    return body;
  },
};

function text8(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "utf16le")]);
}

function uint16(value: number): Buffer {
  const body = Buffer.alloc(2);
  body.writeUInt16LE(value);
  return body;
}
