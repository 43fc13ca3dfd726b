import type { Protocol } from "../protocol.ts";
import { chatRoutes } from "./chat-routes.ts";
import { paths } from "./openapi.ts";

/** The AI SDK's UI message stream: `/api/chat`, as `useChat` and clients like it speak. */
const aiSdkUi: Protocol = { paths, mount: chatRoutes };

export default aiSdkUi;
