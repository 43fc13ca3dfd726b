import { beforeEach } from "vitest";
import { isMissing } from "./chosen.ts";

// Not in silence: the tests count as skipped, and the set-up has said why.
beforeEach(({ skip }) => {
  skip(isMissing(), "there is no server of this database");
});
