import { z } from "zod";
import { describe, TurnkeepError } from "../../errors.ts";
import { maxCommentLength, type TurnFeedback } from "../../session/turn-store.ts";

/** The body of `PUT /runs/{request_id}/feedback`. */
export const feedbackBody: z.ZodType<{
  readonly value: "up" | "down" | null;
  readonly comment?: string | null | undefined;
}> = z.strictObject(
  {
    value: z
      .enum(["up", "down"], {
        error: ({ input }) =>
          input === undefined
            ? 'value is required: send {"value": "up"}, "down", or null to take it back.'
            : `value must be "up", "down" or null, but it is ${describe(input)}.`,
      })
      .nullable()
      .meta({ description: "null takes back what was said." }),
    comment: z
      .string({ error: ({ input }) => `comment must be a text, but it is ${describe(input)}.` })
      .refine((comment) => commentProblem(comment) === undefined, {
        error: ({ input }) => `comment ${commentProblem(String(input))}: ${describe(input)}.`,
      })
      .nullable()
      .optional()
      .meta({ description: `Up to ${maxCommentLength} characters.` }),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `Feedback is value and comment, and has no ${describe(issue.keys[0])}.`
        : undefined,
  },
);

/**
 * What a body says is thought of an answer.
 * @throws TurnkeepError `invalid_request` for a comment without a vote, which is not kept.
 */
export function toFeedback({
  value,
  comment,
}: z.output<typeof feedbackBody>): TurnFeedback | undefined {
  const said = comment === null || comment === "" ? undefined : comment;
  if (value !== null) return { value, comment: said };
  if (said === undefined) return undefined;
  throw new TurnkeepError(
    "invalid_request",
    'The comment stands without a vote: send it with the value "up" or "down", or leave it out to take back what was said.',
  );
}

// But for the ends of lines and tabs: several databases refuse or cut the others.
// oxlint-disable-next-line no-control-regex -- naming them is the point
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/u;

/** What keeps a text from being a comment, to be read after its name. */
function commentProblem(comment: string): string | undefined {
  if (!comment.isWellFormed()) return "holds half of a surrogate pair, which is not text";
  if (control.test(comment)) return "holds a control character";
  if (comment.length > maxCommentLength && Array.from(comment).length > maxCommentLength) {
    return `is longer than ${maxCommentLength} characters`;
  }
  return undefined;
}
