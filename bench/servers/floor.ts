// The floor over HTTP: node floor.ts <database's folder> <database URL>.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { findDatabases } from "../databases.ts";
import { floorTurn } from "../floor/floor.ts";
import { report } from "./reporting.ts";

const [name = "", url = ""] = process.argv.slice(2);
const [database] = await findDatabases([name]);
if (database === undefined) throw new Error("No database is given.");
const floor = await database.openFloor(url);

const server = createServer((request, response) => {
  void (async () => {
    const { message, session_id: sessionId } = JSON.parse(await readBody(request)) as {
      readonly message: string;
      readonly session_id: string;
    };
    const answer: unknown = JSON.parse(await floorTurn(floor, sessionId, message));
    const body = JSON.stringify({
      code: 0,
      message: "",
      result: { answer_message: answer, session_id: sessionId },
    });
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  })().catch((error: unknown) => {
    response.writeHead(500).end(String(error));
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
report(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
