import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolvePruneOptions, type EvictReason, type PruneLimits } from "./prune-options.js";
import { PrunePlanner } from "./prune-plan.js";

interface Item {
  readonly rank: number;
  readonly ageMs: number;
  readonly sizeBytes: number;
  readonly inodes: number;
  readonly isProtected: boolean;
}

/** What goes, and why, of `items` in their order. */
function decide(items: readonly Item[], limits: PruneLimits): (EvictReason | null)[] {
  const planner = new PrunePlanner(resolvePruneOptions(limits));
  for (const item of items) {
    if (item.isProtected) planner.protect(item);
    else planner.consider(item, item);
  }
  const plan = planner.plan();
  return items.map((item) => (item.isProtected ? null : plan.decide(item)));
}

const item = (rank: number, change: Partial<Item> = {}): Item => ({
  rank,
  ageMs: 0,
  sizeBytes: 10,
  inodes: 2,
  isProtected: false,
  ...change,
});

describe("a plan", () => {
  test("without limits takes nothing", () => {
    expect(decide([item(1), item(2)], {})).toEqual([null, null]);
  });

  test("takes the lowest ranks until each limit is kept, and says which limit took what", () => {
    const items = [item(3), item(1), item(4), item(2)];
    expect(decide(items, { maxSizeBytes: 25 })).toEqual([null, "size", null, "size"]);
    expect(decide(items, { maxEntries: 3 })).toEqual([null, "entries", null, null]);
    expect(decide(items, { maxInodes: 2 })).toEqual(["inodes", "inodes", null, "inodes"]);
    expect(decide(items, { maxSizeBytes: 30, maxEntries: 2 })).toEqual([null, "size", null, "entries"]);
  });

  test("takes what is too old whatever its rank, and then no more than is needed", () => {
    const items = [item(1), item(9, { ageMs: 100 }), item(2)];
    expect(decide(items, { maxAgeMs: 50, maxEntries: 2 })).toEqual([null, "age", null]);
  });

  test("counts what is protected, and takes from the rest", () => {
    const items = [item(1, { isProtected: true }), item(2), item(3)];
    expect(decide(items, { maxEntries: 2 })).toEqual([null, "entries", null]);
    expect(decide(items, { maxEntries: 0 })).toEqual([null, "entries", "entries"]);
  });

  test("takes only as many of equal rank as it must", () => {
    expect(decide([item(1), item(1), item(1)], { maxEntries: 2 }).filter((reason) => reason !== null)).toHaveLength(1);
  });

  const items = fc.array(
    fc.record({
      rank: fc.integer({ min: 0, max: 5 }),
      ageMs: fc.integer({ min: 0, max: 100 }),
      sizeBytes: fc.integer({ min: 0, max: 50 }),
      inodes: fc.integer({ min: 1, max: 5 }),
      isProtected: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  const limits = fc.record(
    { maxAgeMs: fc.nat(100), maxSizeBytes: fc.nat(800), maxEntries: fc.nat(30), maxInodes: fc.nat(80) },
    { requiredKeys: [] },
  );

  test("keeps every limit that can be kept, protects what is protected, and takes nothing it need not", () => {
    fc.assert(
      fc.property(items, limits, (all, wanted) => {
        const reasons = decide(all, wanted);
        const left = all.filter((_, index) => reasons[index] === null);
        const options = resolvePruneOptions(wanted);
        const fits = (some: readonly Item[]): boolean =>
          some.length <= options.maxEntries &&
          some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= options.maxSizeBytes &&
          some.reduce((sum, { inodes }) => sum + inodes, 0) <= options.maxInodes;
        if (left.some(({ isProtected }) => !isProtected)) {
          expect(fits(left)).toBe(true);
          expect(left.every(({ isProtected, ageMs }) => isProtected || ageMs <= options.maxAgeMs)).toBe(true);
        }
        expect(all.filter(({ isProtected }) => isProtected).every((one) => left.includes(one))).toBe(true);
        // The last one to go, put back, breaks a limit.
        const taken = all.filter((_, index) => reasons[index] !== null && reasons[index] !== "age");
        const last = taken.toSorted((a, b) => a.rank - b.rank).at(-1);
        if (last !== undefined) expect(fits([...left, last])).toBe(false);
      }),
    );
  });

  test("of a million entries takes a few bytes each", () => {
    const planner = new PrunePlanner(resolvePruneOptions({ maxEntries: 400_000 }));
    const before = process.memoryUsage();
    for (let index = 0; index < 1_000_000; index++) {
      planner.consider({ rank: (index * 7919) % 1_000_003, ageMs: 0 }, { sizeBytes: 1, inodes: 1 });
    }
    const plan = planner.plan();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    expect(arrayBuffers - before.arrayBuffers + (heapUsed - before.heapUsed)).toBeLessThan(120 * 2 ** 20);
    let taken = 0;
    for (let index = 0; index < 1_000_000; index++) {
      if (plan.decide({ rank: (index * 7919) % 1_000_003, ageMs: 0 }) !== null) taken += 1;
    }
    expect(taken).toBe(600_000);
  });
});

describe("options of prune", () => {
  test.each([
    [{ maxSize: 1 }, "ERR_RUNCACHE_UNKNOWN_OPTION"],
    [{ maxSizeBytes: -1 }, "ERR_RUNCACHE_PRUNE_OPTION"],
    [{ maxEntries: Number.NaN }, "ERR_RUNCACHE_PRUNE_OPTION"],
    [{ maxAgeMs: "30d" }, "ERR_RUNCACHE_PRUNE_OPTION"],
    [{ by: "size" }, "ERR_RUNCACHE_PRUNE_OPTION"],
  ])("%j are refused", (options, code) => {
    expect(() => resolvePruneOptions(options as PruneLimits)).toThrow(expect.objectContaining({ code }));
  });
});
