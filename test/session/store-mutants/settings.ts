import { SketchStore } from "../sketch-store.ts";
import type { StoreMutant } from "./store-mutant.ts";

const first = "a setting is kept as it was first given, each under its own name";

/** Stores whose settings are not the same for all. */
export const settingMutants: readonly StoreMutant[] = [
  {
    fault: "keeps the last value of a setting",
    caughtBy: first,
    Store: class extends SketchStore {
      override async keepSetting(name: string, value: string): Promise<string> {
        this.shelf.settings.delete(name);
        return super.keepSetting(name, value);
      }
    },
  },
  {
    fault: "folds the case of a setting's name",
    caughtBy: first,
    Store: class extends SketchStore {
      override async keepSetting(name: string, value: string): Promise<string> {
        return super.keepSetting(name.toLowerCase(), value);
      }
    },
  },
  {
    fault: "cuts a setting",
    caughtBy: first,
    Store: class extends SketchStore {
      override async keepSetting(name: string, value: string): Promise<string> {
        return super.keepSetting(name, value.slice(0, 64));
      }
    },
  },
  {
    fault: "answers a setting as it was given where two give it at once",
    caughtBy: "a setting that several stores keep at once is the same for all of them",
    Store: class extends SketchStore {
      override async keepSetting(name: string, value: string): Promise<string> {
        const kept = this.shelf.settings.get(name);
        await Promise.resolve();
        await super.keepSetting(name, value);
        return kept ?? value;
      }
    },
  },
];
