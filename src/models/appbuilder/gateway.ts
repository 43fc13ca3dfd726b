import { createHash, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import {
  createEventSourceResponseHandler,
  createJsonResponseHandler,
  extractResponseHeaders,
  type FlexibleSchema,
  type ParseResult,
  postToApi,
  type ResponseHandler,
  safeParseJSON,
} from "@ai-sdk/provider-utils";
import { errorInBody, errorOfStatus } from "./gateway-error.ts";

const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };

const sdkConfig = JSON.stringify({
  appbuilder_sdk_version: version,
  appbuilder_sdk_language: "typescript",
  appbuilder_sdk_platform: "unknown",
});

/** One request to the gateway. */
export interface GatewayRequest<Answer> {
  /** Behind the gateway's URL. */
  readonly path: string;
  readonly body: unknown;
  /** What the gateway answers: the body, or each event of a stream. */
  readonly schema: FlexibleSchema<Answer>;
  readonly signal?: AbortSignal | undefined;
}

/** What the gateway answered. */
export interface GatewayResponse<Value> {
  readonly value: Value;
  /** The id that the gateway gave the answer, where it gave one. */
  readonly answerId: string | undefined;
  /** The error that a part of the answer tells of, where it tells of one. */
  readonly errorIn: (body: unknown) => Error | undefined;
}

/** The gateway of AppBuilder at one address, called with one token. */
export class Gateway {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #token: string;

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.url = url;
    this.#token = token;
  }

  /** Tells this address and token from others, and does not show the token. */
  get key(): string {
    return createHash("sha256").update(`${this.#token}\n${this.url}`).digest("hex");
  }

  /**
   * Asks for one JSON answer.
   * @throws APICallError, or TurnkeepError `model_credential_rejected`.
   */
  async ask<Answer>(request: GatewayRequest<Answer>): Promise<GatewayResponse<Answer>> {
    const response = await this.#post(request, createJsonResponseHandler(request.schema));
    const error = response.errorIn(response.value);
    if (error !== undefined) throw error;
    return response;
  }

  /**
   * Asks for a stream of events. A gateway that answers with one JSON body instead, as it does
   * for some errors, is read as a stream of one.
   * @throws as {@link ask}.
   */
  async askForStream<Answer>(
    request: GatewayRequest<Answer>,
  ): Promise<GatewayResponse<ReadableStream<ParseResult<Answer>>>> {
    const events = createEventSourceResponseHandler(request.schema);
    return this.#post(request, (answer) =>
      answer.response.headers.get("content-type")?.includes("application/json") === true
        ? asStream(answer, request.schema)
        : events(answer),
    );
  }

  async #post<Value>(
    { path, body, signal }: Omit<GatewayRequest<unknown>, "schema">,
    successfulResponseHandler: ResponseHandler<Value>,
  ): Promise<GatewayResponse<Value>> {
    const requestId = randomUUID();
    const url = `${this.url}/rpc/2.0/cloud_hub/v1${path}`;
    const { value, responseHeaders } = await postToApi<Value>({
      url,
      headers: {
        "Content-Type": "application/json",
        "User-Agent": `turnkeep/${version}`,
        "X-Appbuilder-Sdk-Config": sdkConfig,
        "X-Appbuilder-Origin": "appbuilder_sdk",
        "X-Appbuilder-Request-Id": requestId,
        "X-Bce-Request-Id": requestId,
        "X-Appbuilder-Authorization": `Bearer ${this.#token}`,
      },
      body: { content: JSON.stringify(body), values: undefined },
      ...(signal === undefined ? {} : { abortSignal: signal }),
      failedResponseHandler: async ({ response }) => {
        const parsed = await safeParseJSON({ text: await response.text() });
        return {
          value: errorOfStatus({
            body: parsed.success ? parsed.value : undefined,
            status: response.status,
            headers: extractResponseHeaders(response),
            url,
            requestId,
          }),
        };
      },
      successfulResponseHandler,
      // Whoever a redirect leads to is not shown the token.
      fetch: (input, init) => globalThis.fetch(input, { ...init, redirect: "manual" }),
    });
    const answerId = responseHeaders?.["x-appbuilder-request-id"];
    return {
      value,
      answerId: answerId === "" ? undefined : answerId,
      errorIn: (part) =>
        errorInBody({ body: part, status: 200, headers: responseHeaders, url, requestId }),
    };
  }
}

async function asStream<Answer>(
  { response }: { readonly response: Response },
  schema: FlexibleSchema<Answer>,
): Promise<{
  value: ReadableStream<ParseResult<Answer>>;
  responseHeaders: Record<string, string>;
}> {
  const parsed = await safeParseJSON({ text: await response.text(), schema });
  return {
    value: ReadableStream.from([parsed]),
    responseHeaders: extractResponseHeaders(response),
  };
}
