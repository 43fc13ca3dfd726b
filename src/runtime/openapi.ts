import type { OpenAPIPaths, Protocol } from "../protocols/protocol.ts";

/** The OpenAPI 3.1 document of a runtime: the paths of all its protocols. */
export function describeAPI(protocols: readonly Protocol[]): Readonly<Record<string, unknown>> {
  const paths: OpenAPIPaths = Object.assign({}, ...protocols.map((protocol) => protocol.paths));
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
