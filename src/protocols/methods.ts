import type { Hono } from "hono";
import { TurnkeepError } from "../errors.ts";

/**
 * Says which methods a path takes: to OPTIONS, and with 405 to every method that has no route. To
 * be called after the path's routes.
 * @param hint what to send instead, to be read after the error's own text.
 */
export function allowMethods(
  app: Hono,
  path: string,
  methods: readonly string[],
  hint?: string,
): void {
  const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].toSorted();
  const headers = { Allow: allowed.join(", ") };
  app.options(path, (context) => context.body(null, 204, headers));
  app.all(path, (context) => {
    context.header("Allow", headers.Allow);
    const shown = path.replaceAll(/:(\w+)/g, "{$1}");
    throw new TurnkeepError(
      "method_not_allowed",
      `${shown} takes ${methods.join(", ")}, not ${context.req.method}${hint === undefined ? "" : `: ${hint}`}.`,
    );
  });
}
