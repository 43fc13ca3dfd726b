import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { readBatch, readCall, type SentStatement } from "./tds-requests.ts";
import {
  cancelled,
  done,
  errorToken,
  greeting,
  loginAccepted,
  type Row,
  rowsTokens,
  type ServerError,
  transactionChange,
} from "./tds-tokens.ts";

/** What is answered to a statement. */
export type Reply =
  | { readonly rows: readonly Row[] }
  | { readonly count: number }
  | { readonly error: ServerError }
  /** Nothing, until the client gives the statement up; or not even then. */
  | { readonly silence: "until cancelled" | "for good" }
  /** The connection breaks. */
  | { readonly end: true };

/** How a {@link TdsListener} behaves. */
export interface TdsListenerOptions {
  /** What is answered to a statement; one row changed where it says nothing. */
  readonly reply?: (statement: SentStatement) => Reply | undefined;
  /** Lets nobody in, with this error. */
  readonly refusal?: ServerError;
  /** The files of the certificate that it encrypts with; it encrypts nothing without. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    /** Whether encryption begins before anything else is said. */
    readonly isStrict?: boolean;
  };
  /** Says nothing at all. */
  readonly isSilent?: boolean;
}

/**
 * Speaks SQL Server's protocol on a port of 127.0.0.1, and notes what it is asked: no database, but
 * what shows which SQL would reach one. Disposing of it ends it.
 */
export interface TdsListener extends AsyncDisposable {
  readonly port: number;
  /** The statements that came, but for those that the driver begins with by itself. */
  readonly statements: SentStatement[];
  /** What the driver began with, of each connection. */
  readonly beginnings: string[];
  /** How often a statement was given up. */
  readonly cancellations: number;
}

const kind = { batch: 1, call: 3, answer: 4, attention: 6, login: 16, greeting: 18 } as const;
const headerLength = 8;
const packetLength = 4096;

/** Starts a {@link TdsListener}. */
export async function startTdsListener({
  reply,
  refusal,
  tls,
  isSilent = false,
}: TdsListenerOptions = {}): Promise<TdsListener> {
  const sockets = new Set<Socket>();
  const statements: SentStatement[] = [];
  const beginnings: string[] = [];
  let cancellations = 0;

  const answerTo = (statement: SentStatement, send: (body: Buffer) => void, end: () => void) => {
    statements.push(statement);
    const given = reply?.(statement) ?? { count: 1 };
    if ("rows" in given) send(rowsTokens(given.rows));
    else if ("error" in given) send(errorToken(given.error));
    else if ("count" in given) send(Buffer.concat([changeOf(statement), done(given.count)]));
    else if ("end" in given) end();
    return "silence" in given ? given.silence : undefined;
  };

  const serve = (channel: Duplex, end: () => void): void => {
    let hasBegun = false;
    let silence: ReturnType<typeof answerTo>;
    const send = (body: Buffer): void => {
      channel.write(packets(kind.answer, body));
    };
    onMessages(channel, (type, body) => {
      if (type === kind.login) {
        send(refusal === undefined ? loginAccepted() : errorToken(refusal));
      } else if (type === kind.attention) {
        cancellations += 1;
        if (silence === "until cancelled") for (const each of cancelled()) send(each);
      } else if (!hasBegun) {
        hasBegun = true;
        beginnings.push(readBatch(body).text);
        send(done(0));
      } else {
        silence = answerTo(type === kind.call ? readCall(body) : readBatch(body), send, end);
      }
    });
  };

  const isStrict = tls?.isStrict === true;
  const greet = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    if (isSilent) return;
    const end = (): void => {
      socket.destroy();
    };
    onFirstMessage(socket, () => {
      socket.write(packets(kind.answer, greeting(tls !== undefined && !isStrict)));
      if (tls === undefined || isStrict) serve(socket, end);
      else serve(encrypted(socket, tls), end);
    });
  };
  const server = isStrict
    ? createTlsServer({ ...toCredentials(tls), ALPNProtocols: ["tds/8.0"] }, greet)
    : createServer(greet);
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    statements,
    beginnings,
    get cancellations() {
      return cancellations;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** What a transaction's beginning and end tell the driver beside that they are done. */
function changeOf({ text }: SentStatement): Buffer {
  if (text === "begin transaction") return transactionChange(8);
  if (text === "commit transaction") return transactionChange(9);
  return text.endsWith("rollback transaction") ? transactionChange(10) : Buffer.alloc(0);
}

function onFirstMessage(socket: Socket, work: () => void): void {
  socket.once("data", work);
}

function onMessages(channel: Duplex, work: (type: number, body: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  let body = Buffer.alloc(0);
  channel.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= headerLength && bytes.length >= bytes.readUInt16BE(2)) {
      const length = bytes.readUInt16BE(2);
      const [type = 0, status = 0] = bytes;
      body = Buffer.concat([body, bytes.subarray(headerLength, length)]);
      bytes = bytes.subarray(length);
      if ((status & 1) === 0) continue;
      const message = body;
      body = Buffer.alloc(0);
      // One that the client broke off is to be ignored.
      if ((status & 2) === 0) work(type, message);
    }
  });
}

function packets(type: number, body: Buffer): Buffer {
  const parts: Buffer[] = [];
  const room = packetLength - headerLength;
  for (let start = 0; start === 0 || start < body.length; start += room) {
    const part = body.subarray(start, start + room);
    const header = Buffer.alloc(headerLength);
    header.writeUInt8(type);
    header.writeUInt8(start + room >= body.length ? 1 : 0, 1);
    header.writeUInt16BE(part.length + headerLength, 2);
    parts.push(header, part);
  }
  return Buffer.concat(parts);
}

/** The encrypted channel on a socket: its handshake goes in packets of greetings, one for each answer. */
function encrypted(socket: Socket, files: NonNullable<TdsListenerOptions["tls"]>): Duplex {
  let hasShakenHands = false;
  let answer: Buffer[] = [];
  const flush = (): void => {
    socket.write(packets(kind.greeting, Buffer.concat(answer)));
    answer = [];
  };
  const wire = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, callback) => {
      if (hasShakenHands) socket.write(chunk);
      else if (answer.push(chunk) === 1) setImmediate(flush);
      callback();
    },
  });
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes[0] === kind.greeting && bytes.length >= bytes.readUInt16BE(2)) {
      const length = bytes.readUInt16BE(2);
      wire.push(bytes.subarray(headerLength, length));
      bytes = bytes.subarray(length);
    }
    if (bytes.length === 0 || bytes[0] === kind.greeting) return;
    hasShakenHands = true;
    wire.push(bytes);
    bytes = Buffer.alloc(0);
  });
  const secure = new TLSSocket(wire, { isServer: true, ...toCredentials(files) });
  secure.on("error", () => socket.destroy());
  return secure;
}

function toCredentials({ certificate, key }: NonNullable<TdsListenerOptions["tls"]>) {
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}
