import type { JSX } from "preact";
import { Icon } from "../controls/icon.tsx";
import { texts } from "../i18n/language.ts";
import type { FilePart } from "../wire/ui-message.ts";

/**
 * A file: a picture that came with the message is shown, another file can be downloaded. What lies
 * elsewhere is never fetched: it is a link.
 */
export function FileView({ file }: { readonly file: FilePart }): JSX.Element {
  const { mediaType, url, filename } = file;
  const name = filename ?? `${texts.value.file} (${mediaType})`;
  const isOwn = url.startsWith("data:");
  if (isOwn && mediaType.startsWith("image/")) {
    return <img class="picture" src={url} alt={texts.value.imageOf(name)} />;
  }
  const content = (
    <>
      <Icon name="file" size={18} />
      <span class="attachment-name">{name}</span>
    </>
  );
  if (isOwn) {
    return (
      <a class="file" href={url} download={filename ?? ""}>
        {content}
      </a>
    );
  }
  const href = toLink(url);
  return href === undefined ? (
    <span class="file">{content}</span>
  ) : (
    <a class="file" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {content}
    </a>
  );
}

/** An address that a link may lead to: of the web alone. */
export function toLink(url: string | undefined): string | undefined {
  const parsed = URL.parse(url ?? "");
  return parsed?.protocol === "https:" || parsed?.protocol === "http:" ? parsed.href : undefined;
}
