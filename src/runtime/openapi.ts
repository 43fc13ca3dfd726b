import type { OpenAPIPaths } from "../protocols/protocol.ts";

/** The OpenAPI 3.1 document of a runtime: the paths of all its parts. */
export function describeAPI(parts: readonly OpenAPIPaths[]): Readonly<Record<string, unknown>> {
  const paths: OpenAPIPaths = Object.assign({}, ...parts);
  return {
    openapi: "3.1.0",
    info: {
      title: "turnkeep",
      summary: "A chat component over HTTP, with every turn of every session kept",
      version: "1",
    },
    paths,
  };
}
