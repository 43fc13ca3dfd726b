import type { AttachmentLimits } from "../configuration/configuration.ts";
import { formatBytes } from "../i18n/format.ts";
import { texts } from "../i18n/language.ts";
import { newId } from "../route/new-id.ts";
import type { FilePart } from "../wire/ui-message.ts";

/** A file that a message will bring along. */
export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** The file itself, as a `data:` URL. */
  readonly url: string;
}

/** Why a file is not taken beside others, as the reader is told; undefined where it is. */
export function problemOf(
  { name, size, type }: File,
  others: readonly Attachment[],
  { maxBytes, maxCount, accept }: AttachmentLimits,
): string | undefined {
  const { fileTooLarge, fileTypeRefused, tooManyFiles } = texts.peek();
  if (!isAccepted(name, type, accept)) return fileTypeRefused(name);
  if (others.length >= maxCount) return tooManyFiles(maxCount);
  const sizes = others.reduce((sum, other) => sum + other.size, size);
  return sizes > maxBytes ? fileTooLarge(name, formatBytes(maxBytes)) : undefined;
}

/** Reads a file. Rejects where the browser cannot. */
export async function toAttachment(file: File): Promise<Attachment> {
  const { name, size } = file;
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result as string));
    reader.addEventListener("error", () => reject(reader.error ?? new Error(name)));
    reader.readAsDataURL(file);
  });
  const mediaType = file.type === "" ? "application/octet-stream" : file.type;
  return { id: newId(), name, mediaType, size, url };
}

export function toFilePart({ name, mediaType, url }: Attachment): FilePart {
  return { type: "file", mediaType, url, filename: name };
}

/** The file of a message, to be sent with another. */
export function fromFilePart({ filename = "", mediaType, url }: FilePart): Attachment {
  const [, base64 = ""] = url.split(",", 2);
  return { id: newId(), name: filename, mediaType, url, size: Math.floor(base64.length * 0.75) };
}

/** Whether an `accept` attribute of this value takes the file. */
function isAccepted(name: string, type: string, accept: string): boolean {
  const wanted = accept
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
  if (accept.trim() === "") return true;
  return wanted.some((each) => {
    if (each.startsWith(".")) return name.toLowerCase().endsWith(each);
    return each.endsWith("/*") ? type.startsWith(each.slice(0, -1)) : type === each;
  });
}
