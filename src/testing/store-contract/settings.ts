import assert from "node:assert/strict";
import type { StoreContractCase } from "../store-fixture.ts";
import { lookalikes } from "./history.ts";

/** What all who share the database have in common. */
export const settingCases: readonly StoreContractCase[] = [
  {
    name: "a setting is kept as it was first given, each under its own name",
    async run(fixture) {
      await using store = await fixture.open();
      const longest = "v".repeat(255);
      assert.equal(await store.keepSetting("one", "first"), "first");
      assert.equal(await store.keepSetting("one", "second"), "first");
      assert.equal(await store.keepSetting("o".repeat(64), longest), longest);
      assert.equal(await store.keepSetting("o".repeat(64), "short"), longest);
      const names = lookalikes.filter((name) => /^[!-~]{1,64}$/.test(name));
      for (const name of names) assert.equal(await store.keepSetting(name, name), name);
      for (const name of names) assert.equal(await store.keepSetting(name, "other"), name);
    },
  },
  {
    name: "a setting that several stores keep at once is the same for all of them",
    async run(fixture) {
      await using one = await fixture.open();
      await using other = await fixture.open();
      for (let round = 0; round < 5; round += 1) {
        const name = `setting ${round}`;
        const kept = await Promise.all(
          [one, other, one, other].map((store, index) => store.keepSetting(name, `${index}`)),
        );
        assert.deepEqual(new Set(kept).size, 1, kept.join());
      }
      assert.equal(
        await other.keepSetting("setting 0", "later"),
        await one.keepSetting("setting 0", "latest"),
      );
    },
  },
];
