import type { Protocol } from "../protocol.ts";
import { paths } from "./openapi.ts";
import { runRoutes } from "./run-routes.ts";
import { sessionRoutes } from "./session-routes.ts";

/** Sessions and runs as resources: `/sessions` and `/runs`. */
const sessions: Protocol = {
  paths,
  mount(app, host) {
    sessionRoutes(app, host);
    runRoutes(app, host);
  },
};

export default sessions;
