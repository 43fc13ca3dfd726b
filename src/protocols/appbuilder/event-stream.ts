import { mtypeOf } from "../../message/mtype.ts";
import type { JSONValue } from "../../json.ts";
import { toFailure } from "../../run/failure.ts";
import type { Run, RunEvent } from "../../run/run.ts";
import { toEnvelope, toFailureEnvelope } from "../envelope.ts";

/** How long a stream may be silent, in milliseconds, before a comment keeps its connection open. */
const keepAliveInterval = 15_000;

/**
 * A run as server-sent events: an event a piece, then one with an empty piece and `is_completion`
 * true once the turn is stored; or, where the run fails, one with its code. Leaving the stream
 * does not end the run.
 */
export function toEventStream(run: Run): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const events = run.events();
  // Without a prototype, so that a field may have any name.
  const fields = Object.create(null) as Record<string, unknown>;
  let pending: Promise<IteratorResult<RunEvent, void>> | undefined;
  return new ReadableStream(
    {
      async pull(controller) {
        pending ??= events.next();
        const step = await orSilence(pending);
        if (step === undefined) {
          controller.enqueue(encoder.encode(": keep-alive\n\n"));
          return;
        }
        pending = undefined;
        if (step.done === true) {
          controller.close();
          return;
        }
        const data = JSON.stringify(toEventData(run, step.value, fields));
        controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      },
      cancel() {
        // The events may wait for the run's next piece: they are left to end by themselves.
        void events.return();
      },
    },
    { highWaterMark: 0 },
  );
}

function toEventData(run: Run, event: RunEvent, fields: Record<string, unknown>): unknown {
  switch (event.type) {
    case "run-error":
      return toFailureEnvelope(toFailure(event.error, run.requestId));
    case "delta":
      Object.assign(fields, event.fields);
      return toPiece(run, false, event.content, event, fields);
    case "run-end":
      return toPiece(run, true, "", event.message, event.message.fields);
  }
}

function toPiece(
  run: Run,
  isCompletion: boolean,
  content: unknown,
  { id, name }: { readonly id: string; readonly name: string },
  fields: Readonly<Record<string, unknown>>,
): unknown {
  return toEnvelope({
    session_id: run.sessionId,
    is_completion: isCompletion,
    answer_message: { content, name, mtype: mtypeOf(content), id, ...fields } as JSONValue,
  });
}

async function orSilence<Result>(work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), keepAliveInterval);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
