import { describe, TurnkeepError } from "../../errors.ts";
import { isJSONObject, type JSONValue } from "../../json.ts";
import type { FilePart } from "../../message/message-part.ts";
import { textProblem } from "../../session/text-limits.ts";
import type { AttachmentLimits } from "../protocol.ts";

const maxFilenameLength = 255;
const mediaTypeForm = /^[\w.+-]+\/[\w.+-]+$/;
const dataUrl = /^data:[^,]*;base64,([A-Za-z0-9+/]*={0,2})$/;

/**
 * The files among the parts of a message that a client sent.
 * @throws TurnkeepError `invalid_request` for one that is not itself in the message, and for too many;
 * `unsupported_media_type` for one of a kind that is not taken; `body_too_large` where they are too
 * large together.
 */
export function filesOf(
  parts: readonly JSONValue[],
  { maxBytes, maxCount, accept }: AttachmentLimits,
): readonly FilePart[] {
  const files = parts.filter((part) => isJSONObject(part) && part["type"] === "file").map(toFile);
  if (files.length > maxCount) {
    throw new TurnkeepError(
      "invalid_request",
      maxCount === 0
        ? "The message has files, and this service takes none: send its text alone."
        : `The message has ${files.length} files, more than the ${maxCount} that this service takes: send fewer.`,
    );
  }
  const refused = files.find((file) => !isAccepted(file, accept));
  if (refused !== undefined) {
    const { filename = "", mediaType } = refused;
    throw new TurnkeepError(
      "unsupported_media_type",
      `The file ${describe(filename)} is of the type ${mediaType}, and this service takes ${accept}: send another.`,
    );
  }
  const size = files.reduce((sum, { url }) => sum + sizeOf(url), 0);
  if (size > maxBytes) {
    throw new TurnkeepError(
      "body_too_large",
      `The files of the message have ${size} bytes together, more than the ${maxBytes} that this service takes: send smaller ones, or fewer.`,
    );
  }
  return files;
}

function toFile(part: JSONValue): FilePart {
  const { mediaType, url, filename } = part as { readonly [key: string]: JSONValue };
  if (typeof mediaType !== "string" || !mediaTypeForm.test(mediaType) || mediaType.length > 255) {
    throw refusal(
      `The mediaType of a file must be one such as image/png, but it is ${describe(mediaType)}.`,
    );
  }
  if (typeof url !== "string" || !dataUrl.test(url)) {
    throw refusal(
      `The url of a file must be the file itself, as data:${mediaType};base64,..., but it is ${describe(url)}.`,
    );
  }
  if (filename === undefined || filename === "") return { type: "file", mediaType, url };
  if (typeof filename !== "string" || textProblem(filename, maxFilenameLength) !== undefined) {
    const problem =
      typeof filename === "string" ? textProblem(filename, maxFilenameLength) : "is not a text";
    throw refusal(
      `The filename ${describe(filename)} ${problem}: send 1 to ${maxFilenameLength} characters, or none.`,
    );
  }
  return { type: "file", mediaType, url, filename };
}

function refusal(message: string): TurnkeepError {
  return new TurnkeepError("invalid_request", message);
}

/** How many bytes a file has that is written in base64. */
function sizeOf(url: string): number {
  const length = url.length - url.indexOf(",") - 1;
  const padding = url.endsWith("==") ? 2 : url.endsWith("=") ? 1 : 0;
  return Math.floor((length * 3) / 4) - padding;
}

/** Whether an `accept` attribute of HTML's file input takes the file. */
function isAccepted({ filename = "", mediaType }: FilePart, accept: string): boolean {
  const kinds = accept.toLowerCase().split(",");
  const type = mediaType.toLowerCase();
  return kinds
    .map((kind) => kind.trim())
    .some((kind) => {
      if (kind === "") return accept.trim() === "";
      if (kind.startsWith(".")) return filename.toLowerCase().endsWith(kind);
      return kind.endsWith("/*") ? type.startsWith(kind.slice(0, -1)) : type === kind;
    });
}
