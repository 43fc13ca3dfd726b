/** The server refused a request, or failed at it: its message is for the reader. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No answer came: the network, or the server, is away. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** What a request may have. */
export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request to a path relative to the page.
 * @throws Refusal for a status that is no success; Unreachable where no answer came.
 */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = "GET", body, headers = {}, signal } = options;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("No answer came.", { cause: error });
  }
  if (response.ok) return response;
  throw new Refusal(response.status, await messageOf(response));
}

/** The `result` of an answer in the service's envelope. Throws as {@link request} does. */
export async function requestResult<Result>(
  path: string,
  options: RequestOptions = {},
): Promise<Result> {
  const response = await request(path, options);
  try {
    return ((await response.json()) as { readonly result: Result }).result;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable("The answer broke off.", { cause: error });
  }
}

/** What a failed answer says: plain text, or the `message` of the envelope. */
async function messageOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === "string" && message !== "") return message;
  } catch {
    // It is no JSON: the text itself is the message, unless it is somebody's page.
    const isPage = response.headers.get("Content-Type")?.includes("html") ?? false;
    if (text !== "" && !isPage) return text.slice(0, 1000);
  }
  return `${response.status} ${response.statusText}`.trim();
}

/** Parameters as they stand behind a path; those that are undefined or empty are left out. */
export function toQuery(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
}
