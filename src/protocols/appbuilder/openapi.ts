import { describedCaller } from "../caller.ts";
import { type Described, header, jsonBody, runResponses } from "../openapi-parts.ts";
import { chatBody } from "./chat-request.ts";

/** The description of `/chat` in OpenAPI 3.1. */
export const chatPath: Described = {
  post: {
    summary: "Run one turn of a session",
    description: "Every key of the body beyond those named is an argument of the component's run.",
    parameters: [
      ...describedCaller,
      header(
        "Idempotency-Key",
        "1 to 255 printable ASCII characters: a request with a key that the user sent before, for the same session, gets the answer of that one.",
      ),
    ],
    requestBody: jsonBody(chatBody),
    responses: runResponses,
  },
};
