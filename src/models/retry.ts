import { APICallError } from "@ai-sdk/provider";

const firstPause = 500;
const longestPause = 30_000;

/**
 * How many milliseconds to wait before a call that failed is made again: what the server's
 * `Retry-After` says, else twice as long each time, less a random part of up to half.
 * @param attempt how many calls have been made.
 * @returns undefined where another call is no use, or the server asks for more than half a minute.
 */
export function pauseBeforeRetry(error: unknown, attempt: number): number | undefined {
  if (!APICallError.isInstance(error) || !error.isRetryable) return undefined;
  const asked = retryAfter(error.responseHeaders ?? {});
  if (asked !== undefined) return asked <= longestPause ? asked : undefined;
  const pause = Math.min(firstPause * 2 ** (attempt - 1), longestPause);
  return pause * (1 - Math.random() / 2);
}

function retryAfter(headers: Record<string, string>): number | undefined {
  const milliseconds = headers["retry-after-ms"];
  if (milliseconds !== undefined && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}
