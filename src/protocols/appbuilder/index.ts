import type { Protocol } from "../protocol.ts";
import { chatRoute } from "./chat.ts";
import { chatPath } from "./openapi.ts";

/** AppBuilder's wire: `POST /chat`, blocking and streaming. */
const appbuilder: Protocol = {
  paths: { "/chat": chatPath },
  mount: chatRoute,
};

export default appbuilder;
