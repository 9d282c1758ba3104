import { describe } from "vitest";
import { testCaching } from "./caching.js";
import { testEnvironment } from "./environment.js";
import { testFailures } from "./failures.js";
import { testInputs } from "./inputs.js";
import { testOutputs } from "./outputs.js";
import { Bench, type RunnerUnderTest } from "./runner-under-test.js";
import { testStreams } from "./streams.js";

/** What every runner of ours does, tested on one. */
export function testRunner(subject: RunnerUnderTest): void {
  // Containers take their time on a small machine with much else to do.
  describe.skipIf(subject.missing === true)(subject.name, { timeout: 60_000 }, () => {
    const bench = new Bench(subject);
    testInputs(bench);
    testOutputs(bench);
    testStreams(bench);
    testFailures(bench);
    testEnvironment(bench);
    testCaching(bench);
  });
}
