import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../controls/icon.tsx";
import { texts } from "../i18n/language.ts";

/** Takes the files that are dropped anywhere on the page, and shows that it would. */
export function DropZone({
  drop,
}: {
  readonly drop: (files: readonly File[]) => void;
}): JSX.Element | null {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const bringsFiles = ({ dataTransfer }: DragEvent): boolean =>
      dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      drop([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  }, [drop]);

  if (!isOver) return null;
  return (
    <div class="drop-zone">
      <Icon name="attach" size={28} />
      {texts.value.dropHere}
    </div>
  );
}
