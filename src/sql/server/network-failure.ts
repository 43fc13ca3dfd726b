const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);
const tlsCodes =
  /^ERR_(?:TLS|SSL)|^CERT_|_CERT(?:_|$)|CERTIFICATE|LEAF_SIGNATURE|SELF_SIGNED|^EPROTO$/;
const tlsTexts = /certificate|self.signed|\btls\b|\bssl\b/i;

/** Whether an error of Node's says that a server cannot be reached, or that its connection broke. */
export function isNetworkError(error: unknown): boolean {
  return socketCodes.has(codeOf(error) ?? "");
}

/** Whether an error says that an encrypted connection could not be made. */
export function isTlsError(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined
    ? error instanceof Error && tlsTexts.test(error.message)
    : tlsCodes.test(code);
}

/** An error's code, where it is a text. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** What an error says; where several hosts were tried, what each of them said. */
export function reasonOf(error: Error): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const reasons = errors.map((each) => {
    const { message } = each as Error;
    return message === "" ? (codeOf(each) ?? String(each)) : message;
  });
  return [...new Set(reasons)].join("; ");
}
