import { appendFileSync } from "node:fs";
import { test, type TestContext } from "vitest";

/** What a test of a fault says about itself; the table in README.md is made of it. */
export interface FaultFacts {
  /** Row of the fault model that it stands for. */
  readonly row: number;
  readonly fault: string;
  /** What the user sees, and what is never lost. */
  readonly behaviour: string;
  /** How the fault is brought about: the same text in a short run and in a long one. */
  readonly method: string;
}

/** What a test counted, for the committed results of long runs. */
export type Figures = Record<string, number>;

declare module "vitest" {
  interface TaskMeta {
    fault?: FaultFacts;
    figures?: Figures;
  }
}

export interface FaultOptions {
  readonly timeoutMs?: number;
  /** Skip: from `requireOrSkip`, which said why. */
  readonly skip?: boolean;
}

/** Whether everything is enumerated, with `RUNCACHE_FAULTS=long`; else CI takes a sample. */
export const isLong = process.env["RUNCACHE_FAULTS"] === "long";

/** `items` in a long run, else at most `count` of them, evenly spread, with the first and the last one. */
export function sample<T>(items: readonly T[], count: number): readonly T[] {
  if (isLong || items.length <= count) return items;
  const step = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * step)] as T);
}

/**
 * One named test of one row. What it returns is recorded as its figures.
 * With `RUNCACHE_FAULTS_LIST`, the host path of a file, its facts are appended there when it is collected.
 */
export function fault(
  facts: FaultFacts,
  run: () => Promise<Figures | void> | Figures | void,
  { timeoutMs = 120_000, skip = false }: FaultOptions = {},
): void {
  const list = process.env["RUNCACHE_FAULTS_LIST"];
  if (list !== undefined) appendFileSync(list, `${JSON.stringify(facts)}\n`);
  const timeout = isLong ? 20 * timeoutMs : timeoutMs;
  test.skipIf(skip)(titleOf(facts), { timeout }, async ({ task }: TestContext) => {
    task.meta.fault = facts;
    const figures = await run();
    if (figures !== undefined) task.meta.figures = figures;
  });
}

function titleOf({ row, fault, behaviour }: FaultFacts): string {
  return `row ${row}, ${fault}: ${behaviour}`;
}
