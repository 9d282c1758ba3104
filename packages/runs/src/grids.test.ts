import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, expectTypeOf, test } from "vitest";
import { expandGrid, randomGrid, zipGrid, type Grid } from "./grids.js";

test("expandGrid makes every combination; the last axis changes fastest", () => {
  const grid = expandGrid({ n: [1, 2], method: ["euler", "rk4"], seed: [0] });
  expect([...grid]).toEqual([
    { n: 1, method: "euler", seed: 0 },
    { n: 1, method: "rk4", seed: 0 },
    { n: 2, method: "euler", seed: 0 },
    { n: 2, method: "rk4", seed: 0 },
  ]);
  expect(grid.size).toBe(4);
  for (const point of grid) expectTypeOf(point.method).toEqualTypeOf<"euler" | "rk4">();
});

test("zipGrid takes the first values, then the second ones", () => {
  const grid = zipGrid({ n: [1, 2, 3], label: ["a", "b", "c"] });
  expect([...grid].map(({ n, label }) => `${n}${label}`)).toEqual(["1a", "2b", "3c"]);
  expect(grid.size).toBe(3);
});

test("no axes make one point, nothing to zip makes none, and an empty axis makes none", () => {
  expect([[...expandGrid({})], [...zipGrid({})], [...expandGrid({ n: [1, 2], m: [] })]]).toEqual([[{}], [], []]);
  expect([expandGrid({}).size, zipGrid({}).size, expandGrid({ n: [1], m: [] }).size]).toEqual([1, 0, 0]);
});

test("a grid can be gone over again, also by two at once", () => {
  for (const grid of [expandGrid({ n: [1, 2] }), zipGrid({ n: [1, 2] }), randomGrid(1, { n: [1, 2, 3] }, 2)]) {
    const [one, other] = [grid[Symbol.iterator](), grid[Symbol.iterator]()];
    const first = one.next().value as unknown;
    expect(one.next().value).toBeDefined();
    expect(other.next().value).toEqual(first);
    expect([...grid]).toHaveLength(2);
  }
});

test("the names of axes are names of the points, whatever they are called", () => {
  const axes = JSON.parse('{"__proto__": [1], "constructor": [2], "2": [3]}') as Record<string, number[]>;
  const [point] = expandGrid(axes);
  expect(Object.entries(point ?? {}).sort()).toEqual([
    ["2", 3],
    ["__proto__", 1],
    ["constructor", 2],
  ]);
});

test("the same seed draws the same points; another draws others", () => {
  const axes = { dt: { min: 1e-4, max: 1, log: true }, n: { min: 1, max: 6, integer: true }, method: ["euler", "rk4"] };
  const points = [...randomGrid(7, axes, 50)];
  expect([...randomGrid(7, axes, 50)]).toEqual(points);
  expect([...randomGrid(7, axes, 20)]).toEqual(points.slice(0, 20));
  expect([...randomGrid(8, axes, 50)]).not.toEqual(points);
  expect(new Set(points.map(({ dt }) => dt)).size).toBe(50);
});

test("what a seed draws never changes: the points are params, and so are keys", () => {
  expect([...randomGrid(42, { x: { min: 0, max: 1 }, k: { min: 1, max: 10, integer: true } }, 3)])
    .toMatchInlineSnapshot(`
    [
      {
        "k": 8,
        "x": 0.13891399246899616,
      },
      {
        "k": 5,
        "x": 0.775576395026853,
      },
      {
        "k": 6,
        "x": 0.6306730595454061,
      },
    ]
  `);
  expect([...randomGrid(2 ** 40 + 1, { x: { min: 0, max: 1 } }, 1)]).toMatchInlineSnapshot(`
    [
      {
        "x": 0.5322067992548685,
      },
    ]
  `);
});

test("random points fill their ranges evenly, and do not leave them", () => {
  const size = 20_000;
  const axes = {
    x: { min: -1, max: 1 },
    l: { min: 1e-3, max: 1e3, log: true },
    n: { min: 1, max: 4, integer: true },
    c: ["a", "b"],
  };
  const points = [...randomGrid(3, axes, size)];
  expect(points.every(({ x, l, n }) => x >= -1 && x < 1 && l >= 1e-3 && l < 1e3 && [1, 2, 3, 4].includes(n))).toBe(
    true,
  );
  const share = (is: (point: (typeof points)[number]) => boolean): number => points.filter(is).length / size;
  expect(share(({ x }) => x < 0)).toBeCloseTo(0.5, 1);
  expect(share(({ l }) => l < 1)).toBeCloseTo(0.5, 1);
  expect(share(({ c }) => c === "a")).toBeCloseTo(0.5, 1);
  for (const value of [1, 2, 3, 4]) expect(share(({ n }) => n === value)).toBeCloseTo(0.25, 1);
  // Names of a point are drawn apart from each other, and so are neighbouring points.
  expect(share(({ x, c }) => x < 0 && c === "a")).toBeCloseTo(0.25, 1);
  expect(points.filter(({ x }, i) => x < 0 === (points[i + 1]?.x ?? 0) < 0).length / size).toBeCloseTo(0.5, 1);
});

const values = Array.from({ length: 1000 }, (_, value) => value);
const many = Array.from({ length: 10 ** 4 }, (_, value) => value);

test.each<readonly [string, () => Grid<object>]>([
  ["expandGrid", () => expandGrid({ a: many, b: values })],
  ["randomGrid", () => randomGrid(1, { a: { min: 0, max: 1 }, b: values }, 10 ** 7)],
])("%s of 10^7 points needs no memory for them", (_, make) => {
  const grid = make();
  const before = heapInUse();
  let count = 0;
  for (const point of grid) {
    if (count === 0) expectTypeOf(point).toEqualTypeOf<object>();
    if (++count === 1_000_000) break;
  }
  // A million points that were kept would take 100 MB and more.
  expect(heapInUse() - before).toBeLessThan(20 * 2 ** 20);
  expect([count, grid.size]).toEqual([1_000_000, 10 ** 7]); // the grid is in use till here
});

/** Bytes that are reachable. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test.each<readonly [string, () => unknown, string]>([
  ["an axis that is no array", () => expandGrid({ n: 3 as never }), "the axis n is no array"],
  ["axes of two lengths", () => zipGrid({ n: [1], m: [1, 2] }), "n 1, m 2"],
  ["an empty choice", () => randomGrid(1, { n: [] }, 1), "n has nothing to choose from"],
  ["an empty range", () => randomGrid(1, { n: { min: 1, max: 1 } }, 1), "n has no range from 1 to 1"],
  ["a range without an end", () => randomGrid(1, { n: { min: 0, max: Infinity } }, 1), "n has no range"],
  ["a logarithm of 0", () => randomGrid(1, { n: { min: 0, max: 1, log: true } }, 1), "n has no range"],
  ["whole numbers between fractions", () => randomGrid(1, { n: { min: 0.5, max: 2, integer: true } }, 1), "no whole"],
  ["a seed that is a fraction", () => randomGrid(0.5, {}, 1), "the seed is 0.5"],
  ["a negative size", () => randomGrid(1, {}, -1), "the size is -1"],
])("%s is refused", (_, make, words) => {
  expect(make).toThrow(
    expect.objectContaining({ code: "ERR_RUNCACHE_GRID", message: expect.stringContaining(words) as string }),
  );
});
