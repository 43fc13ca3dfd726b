import { signal } from "@preact/signals";
import type { ComponentChildren, FunctionComponent } from "preact";

/** A component that is loaded when it is first needed. */
export interface LazyComponent<Props> {
  (props: Props): ComponentChildren;
  /** Loads it before it is shown. */
  readonly prepare: () => void;
}

/**
 * Makes a component that is loaded when it is first shown.
 * @param load loads it; where that fails, it is tried again when it is shown the next time.
 * @param meanwhile what is shown until then.
 */
export function lazy<Props>(
  load: () => Promise<FunctionComponent<Props>>,
  meanwhile: (props: Props) => ComponentChildren = () => null,
): LazyComponent<Props> {
  const loaded = signal<FunctionComponent<Props> | undefined>(undefined);
  let isLoading = false;
  const prepare = async (): Promise<void> => {
    if (isLoading || loaded.peek() !== undefined) return;
    isLoading = true;
    try {
      loaded.value = await load();
    } catch {
      // The server is away: what is shown meanwhile stays.
    } finally {
      isLoading = false;
    }
  };
  const Lazy = (props: Props): ComponentChildren => {
    const Loaded = loaded.value;
    if (Loaded !== undefined) return <Loaded {...(props as Props & object)} />;
    void prepare();
    return meanwhile(props);
  };
  return Object.assign(Lazy, { prepare: () => void prepare() });
}
