import { test, type TestContext } from "vitest";

/** What a test of a fault says about itself; the table in README.md is made of it. */
export interface FaultFacts {
  /** Row of the fault model that it stands for. */
  readonly row: number;
  readonly fault: string;
  /** What the user sees, and what is never lost. */
  readonly behaviour: string;
  /** How the fault is brought about. */
  readonly method: string;
}

declare module "vitest" {
  interface TaskMeta {
    fault?: FaultFacts;
  }
}

export interface FaultOptions {
  readonly timeoutMs?: number;
  /** Skip: from `requireOrSkip`, which said why. */
  readonly skip?: boolean;
}

/** One named test of one row. */
export function fault(facts: FaultFacts, run: () => Promise<void> | void, options: FaultOptions = {}): void {
  const title = `row ${facts.row}, ${facts.fault}: ${facts.behaviour}`;
  test.skipIf(options.skip === true)(title, { timeout: options.timeoutMs ?? 60_000 }, async ({ task }: TestContext) => {
    task.meta.fault = facts;
    await run();
  });
}
