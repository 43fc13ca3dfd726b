/**
 * A text without the given secrets, without passwords in URLs and what stands behind `Bearer`, and
 * not longer than 1,000.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text
    .replaceAll(/(?<=\/\/)[^\s/@]+@/g, "***@")
    .replaceAll(/(?<=\bbearer\s+)[^\s"',]+/gi, "***");
  for (const secret of secrets) {
    if (secret !== "") result = result.replaceAll(secret, "***");
  }
  return result.length > 1000 ? `${result.slice(0, 1000).toWellFormed()}...` : result;
}

/**
 * An error that is safe to keep as the cause of another: name, message, stack and code, and the
 * same of its own causes. What else it carries, such as the headers and bodies of a request, is
 * left out.
 */
export function toSafeCause(error: unknown, secrets: readonly string[], depth = 0): Error {
  if (!(error instanceof Error)) {
    const message =
      typeof error === "object" && error !== null && "message" in error ? error.message : error;
    return new Error(redact(String(message), secrets));
  }
  const safe = new Error(
    redact(error.message, secrets),
    error.cause === undefined || depth >= 3
      ? undefined
      : { cause: toSafeCause(error.cause, secrets, depth + 1) },
  );
  safe.name = error.name;
  safe.stack = redact(error.stack ?? "", secrets);
  if ("code" in error && typeof error.code === "string") {
    Object.defineProperty(safe, "code", { value: redact(error.code, secrets), enumerable: true });
  }
  return safe;
}
