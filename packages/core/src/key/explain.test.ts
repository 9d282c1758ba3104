import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Digest } from "../types/brand.js";
import { computeKey, type KeySource } from "./compute-key.js";
import { environmentPart } from "./environment.js";
import { explainDifferences } from "./explain.js";
import { readKeyParts, type InputPart, type KeyParts } from "./key-parts.js";

const digest = (content: string): Digest => `b3:${content.padEnd(64, "0")}` as Digest;

function input(name: string | null, content: string, flags: Partial<InputPart> = {}): InputPart {
  return { name, digest: digest(content), kind: "file", mutable: false, resolveParent: false, ...flags };
}

const SOURCE: KeySource = {
  tool: { id: "3fa9c1", package: "demo", name: "blur" },
  image: "config:sha256:1111",
  runner: { environ: { OMP_NUM_THREADS: digest("1") }, args: ["--rm"] },
  env: environmentPart(["LANG", "TZ"], { LANG: "C" }),
  extra: { generation: 1 },
  inputs: [input("t1.nii.gz", "a"), input("mask.nii", "b")],
  inputPaths: ["/data/t1.nii.gz", "/data/mask.nii"],
  params: { in_file: "/data/t1.nii.gz", sigma: 0.5, stages: [{ weight: 1 }, { weight: 2 }], $odd: 1 },
};

const parts = (change: Partial<KeySource> = {}): KeyParts => {
  const read = readKeyParts(JSON.parse(computeKey({ ...SOURCE, ...change }).text));
  if (read === null) throw new Error("not key parts");
  return read;
};

const texts = (change: Partial<KeySource>): string[] =>
  explainDifferences(parts(), parts(change)).map(({ text }) => text);

describe("an explanation says what changed", () => {
  const params = SOURCE.params as object;
  const { inputs } = SOURCE;
  test.each<[Partial<KeySource>, string[]]>([
    [{}, []],
    [{ params: { ...params, sigma: 0.4 } }, ["params.sigma 0.5 → 0.4"]],
    [{ params: { ...params, sigma: undefined } }, ["params.sigma 0.5 → absent"]],
    [{ params: { ...params, sigma: "0.5" } }, ['params.sigma 0.5 → "0.5"']],
    [{ params: { ...params, sigma: NaN } }, ["params.sigma 0.5 → NaN"]],
    [{ params: { ...params, sigma: 2n } }, ["params.sigma 0.5 → 2n"]],
    [{ params: { ...params, $odd: 2 } }, ["params.$odd 1 → 2"]],
    [{ params: { ...params, in_file: "/data/mask.nii" } }, ["params.in_file input t1.nii.gz → input mask.nii"]],
    [{ params: { ...params, stages: [{ weight: 1 }, { weight: 3 }] } }, ["params.stages[1].weight 2 → 3"]],
    [{ params: { ...params, stages: [{ weight: 1 }] } }, ['params.stages[1] {"weight":2} → absent']],
    [{ params: { ...params, stages: {} } }, ['params.stages [{"weight":1},{"weight":2}] → {}']],
    [{ params: { ...params, a: "x".repeat(99) } }, [`params.a absent → "${"x".repeat(59)}…`]],
    [{ inputs: [input("t1.nii.gz", "c"), input("mask.nii", "b")] }, ["input t1.nii.gz changed"]],
    [{ inputs: [input("t2.nii.gz", "a"), input("mask.nii", "b")] }, ["input t1.nii.gz renamed to t2.nii.gz"]],
    [{ inputs: [input("t1.nii.gz", "a"), input("x", "x")] }, ["input x added", "input mask.nii removed"]],
    [{ inputs: [...inputs, input("x", "c")] }, ["input x added"]],
    [{ inputs: [input("t1.nii.gz", "a")] }, ["input mask.nii removed"]],
    [{ inputs: [input("mask.nii", "b"), input("t1.nii.gz", "a")] }, ["inputs registered in another order"]],
    [{ inputs: [input(null, "a"), input(null, "x")] }, expect.arrayContaining(["input #2 added"])],
    [{ inputs: [input("t1.nii.gz", "a", { mutable: true }), input("mask.nii", "b")] }, ["input t1.nii.gz is now mutable"]],
    [{ inputs: [input("t1.nii.gz", "c", { kind: "tree" }), input("mask.nii", "b")] }, ["input t1.nii.gz became a directory"]],
    [{ inputs: [input("t1.nii.gz", "c", { resolveParent: true }), input("mask.nii", "b")] }, ["input t1.nii.gz now counts with its siblings"]],
    [{ tool: { ...SOURCE.tool, id: "77aa" } }, ["tool version 3fa9c1 → 77aa"]],
    [{ tool: { ...SOURCE.tool, name: "blur2" } }, ["tool demo/blur → demo/blur2"]],
    [{ image: "config:sha256:2222" }, ["image moved"]],
    [{ env: environmentPart(["LANG", "TZ"], { LANG: "C", TZ: "UTC" }) }, ["env TZ set"]],
    [{ env: environmentPart(["LANG", "TZ"], { LANG: "C.UTF-8" }) }, ["env LANG changed"]],
    [{ env: environmentPart(["LANG", "TZ"], {}) }, ["env LANG unset"]],
    [{ env: environmentPart(["LANG"], { LANG: "C" }) }, ["env TZ no longer counts"]],
    [{ env: environmentPart(["LANG", "TZ", "X"], { LANG: "C" }) }, ["env X counts now (unset)"]],
    [{ runner: { environ: { OMP_NUM_THREADS: digest("2") }, args: ["--rm"] } }, ["runner.environ.OMP_NUM_THREADS changed"]],
    [{ runner: { environ: {}, args: ["--rm"] } }, ["runner.environ.OMP_NUM_THREADS unset"]],
    [{ runner: { environ: { OMP_NUM_THREADS: digest("1") }, args: [] } }, ['runner.args[0] "--rm" → absent']],
    [{ runner: "LocalRunner" }, expect.arrayContaining([expect.stringContaining('→ "LocalRunner"')])],
    [{ extra: { generation: 2 } }, ["extra.generation 1 → 2"]],
  ])("of %o", (change, expected) => {
    expect(texts(change)).toEqual(expected);
  }); // prettier-ignore

  test("of a function, as its caller names them", () => {
    const called = (given: object): Partial<KeySource> => ({ runner: "function", params: { argv: [], params: given } });
    const before = called({ params: { dt: 0.1 }, inputs: { mesh: "t1.nii.gz" }, extra: { replicate: 1 } });
    const after = called({ params: { dt: 0.2 }, inputs: {}, extra: { replicate: 2 } });
    expect(explainDifferences(parts(before), parts(after)).map(({ text }) => text)).toEqual([
      "params.dt 0.1 → 0.2",
      "extra.replicate 1 → 2",
      'inputs.mesh "t1.nii.gz" → absent',
    ]);
  });

  test("parameters first, then what changes less often", () => {
    const change = { params: {}, image: null, extra: 1, tool: { ...SOURCE.tool, id: "x" }, env: {}, inputs: [] };
    const order = explainDifferences(parts(), parts(change)).map(({ part }) => part);
    expect([...new Set(order)]).toEqual(["params", "inputs", "tool", "image", "env", "extra"]);
  });

  test("but not more than fifty things", () => {
    const many = { params: Object.fromEntries(Array.from({ length: 999 }, (_, index) => [`p${index}`, index])) };
    expect(texts(many)).toHaveLength(50);
  });

  test("with the values as they are in the key parts", () => {
    const [difference] = explainDifferences(parts(), parts({ params: { ...params, sigma: NaN } }));
    expect(difference).toEqual({
      part: "params",
      name: "params.sigma",
      before: 0.5,
      after: { $number: "NaN" },
      text: "params.sigma 0.5 → NaN",
    });
  });

  test("whenever two keys differ, and only then", () => {
    const json = fc.jsonValue({ maxDepth: 2 });
    const someInput = fc.record({
      name: fc.constantFrom("a", "b"),
      digest: fc.constantFrom(digest("1"), digest("2")),
      kind: fc.constantFrom("file", "tree"),
      mutable: fc.boolean(),
      resolveParent: fc.boolean(),
    });
    const source = fc.record({
      tool: fc.record({ id: fc.constantFrom("1", "2"), package: fc.constant("p"), name: fc.constantFrom("n", "m") }),
      image: fc.constantFrom(null, "sha256:1"),
      runner: json,
      env: fc.dictionary(fc.constantFrom("A", "B"), fc.constantFrom(null, digest("1"))),
      extra: json,
      inputs: fc.array(someInput, { maxLength: 3 }),
      inputPaths: fc.constant(["x"]),
      params: fc.oneof(json, fc.constantFrom("x", "y")),
    }) as fc.Arbitrary<KeySource>;
    fc.assert(
      fc.property(
        source,
        source,
        fc.constantFrom(...(Object.keys(SOURCE) as (keyof KeySource)[])),
        (one, other, part) => {
          const changed = { ...one, [part]: other[part] };
          const same = computeKey(one).key === computeKey(changed).key;
          expect(explainDifferences(parts(one), parts(changed)).length === 0).toBe(same);
        },
      ),
      { numRuns: 500 },
    );
  });
});
