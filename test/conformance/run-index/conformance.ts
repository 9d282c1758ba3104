import { describe } from "vitest";
import { testKeeping } from "./keeping.js";
import { testProcesses } from "./processes.js";
import { testQueries } from "./queries.js";
import type { IndexUnderTest } from "./rows.js";

/** What every index of a run store does, tested on one. */
export function testRunIndex(subject: IndexUnderTest): void {
  describe.skipIf(subject.missing === true)(subject.name, { timeout: 120_000 }, () => {
    testKeeping(subject);
    testQueries(subject);
    testProcesses(subject);
  });
}
