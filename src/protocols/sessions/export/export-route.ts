import type { Context } from "hono";
import { describe, TurnkeepError } from "../../../errors.ts";
import { sessionNotFound } from "../../../session/turn-refusals.ts";
import { userOf } from "../../caller.ts";
import { pathId, queryText } from "../../parameters.ts";
import type { ProtocolHost } from "../../protocol.ts";
import { attachmentOf } from "./attachment.ts";
import { ExportedSession } from "./exported-session.ts";
import { toJSONText } from "./to-json-text.ts";
import { toMarkdown } from "./to-markdown.ts";

const formats = {
  json: { extension: "json", type: "application/json; charset=utf-8", write: toJSONText },
  markdown: { extension: "md", type: "text/markdown; charset=utf-8", write: toMarkdown },
} as const;

/** The names of the forms in which a session is exported. */
export const exportFormats: readonly string[] = Object.keys(formats);

/** Answers with a whole session as a file, which is made as it is read. */
export async function exportSession(context: Context, host: ProtocolHost): Promise<Response> {
  const userId = await userOf(context.req.raw, host);
  const sessionId = pathId(context, "session_id");
  const { extension, type, write } = formats[queryFormat(context)];
  const { store } = await host.open();
  const session = await store.getSession(sessionId, userId);
  if (session === undefined || session.deleted) throw sessionNotFound(sessionId);
  const name = session.title ?? sessionId;
  return context.body(toStream(write(new ExportedSession(store, session))), 200, {
    "Content-Type": type,
    "Content-Disposition": attachmentOf(name, extension),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
}

function queryFormat(context: Context): keyof typeof formats {
  const format = queryText(context, "format") ?? "json";
  if (Object.hasOwn(formats, format)) return format as keyof typeof formats;
  throw new TurnkeepError(
    "invalid_request",
    `format must be ${exportFormats.join(" or ")}, but it is ${describe(format)}.`,
  );
}

/** Texts as a stream of bytes, each made when the one before it has been taken. */
function toStream(texts: AsyncGenerator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const step = await texts.next();
        if (step.done === true) controller.close();
        else controller.enqueue(encoder.encode(step.value));
      },
      async cancel() {
        await texts.return();
      },
    },
    { highWaterMark: 0 },
  );
}
