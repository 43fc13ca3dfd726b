const maxNameLength = 80;

/**
 * The header `Content-Disposition` of a file that is to be saved under a name: what no file system
 * takes is left out of it. Programs that know no more than ASCII are given a name of that.
 */
export function attachmentOf(name: string, extension: string): string {
  const kept = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"*/:<>?\\|]+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/^[\s.]+|[\s.]+$/g, "");
  const cut = Array.from(kept).slice(0, maxNameLength).join("").trim();
  const whole = cut === "" ? "session" : cut;
  const ascii = whole.replaceAll(/[^ -~]+/g, "_").replaceAll(/[%;']/g, "_");
  return `attachment; filename="${ascii}.${extension}"; filename*=UTF-8''${encode(whole)}.${extension}`;
}

/** A text as RFC 8187 has it. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
