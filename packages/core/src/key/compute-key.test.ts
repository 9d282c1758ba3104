import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jcs } from "../hashing/canonical.js";
import { blake3Wasm } from "../hashing/blake3-wasm.js";
import type { Digest } from "../types/brand.js";
import type { JsonValue } from "../types/json.js";
import { computeKey, type KeySource } from "./compute-key.js";
import { environmentDigest, environmentPart } from "./environment.js";
import { readKeyParts } from "./key-parts.js";

const DIGEST = `b3:${"0".repeat(64)}` as Digest;

const SOURCE: KeySource = {
  tool: { id: "1", package: "demo", name: "blur" },
  image: null,
  runner: "LocalRunner",
  env: {},
  extra: {},
  inputs: [{ name: "in.nii", digest: DIGEST, kind: "file", mutable: false, resolveParent: false }],
  inputPaths: ["/data/in.nii"],
  params: { in_file: "/data/in.nii", sigma: 2 },
};

const key = (change: Partial<KeySource> = {}): string => computeKey({ ...SOURCE, ...change }).key;

describe("the key", () => {
  test("is the BLAKE3 of the text, and the text is the canonical form of the parts", () => {
    const { key, text } = computeKey(SOURCE);
    expect(`b3:${key}`).toBe(blake3Wasm.hash(Buffer.from(text)));
    expect(JSON.parse(text)).toEqual({
      v: 1,
      tool: { id: "1", package: "demo", name: "blur" },
      image: null,
      runner: "LocalRunner",
      env: {},
      extra: {},
      inputs: SOURCE.inputs,
      params: { in_file: { $input: 0 }, sigma: 2 },
    });
  });

  test("parts that went through JSON give the same text again", () => {
    const awkward = JSON.parse('{"__proto__":{"$x":1},"constructor":"/data/in.nii","a":[-0,1e-7]}') as object;
    const sources = fc.record({ params: fc.oneof(fc.jsonValue(), fc.constant(awkward)), extra: fc.jsonValue() });
    fc.assert(
      fc.property(sources, (change) => {
        const { text } = computeKey({ ...SOURCE, ...change, runner: awkward });
        expect(jcs(JSON.parse(text) as JsonValue)).toBe(text);
        expect(readKeyParts(JSON.parse(text))).not.toBeNull();
      }),
    );
  });

  test("does not depend on the order of properties", () => {
    expect(key({ params: { sigma: 2, in_file: "/data/in.nii" }, extra: { a: 1, b: 2 } })).toBe(
      key({ extra: { b: 2, a: 1 } }),
    );
  });

  test("does not depend on where an input lies", () => {
    const elsewhere = { inputPaths: ["/elsewhere/in.nii"], params: { in_file: "/elsewhere/in.nii", sigma: 2 } };
    expect(key(elsewhere)).toBe(key());
  });

  test("an input that is registered twice is referred to by its first registration", () => {
    const [one] = SOURCE.inputs as [KeySource["inputs"][number]];
    const { text } = computeKey({ ...SOURCE, inputs: [one, one], inputPaths: ["/data/in.nii", "/data/in.nii"] });
    expect(text).toContain('"in_file":{"$input":0}');
  });

  test("any two of these calls have different keys", () => {
    const [one] = SOURCE.inputs as [KeySource["inputs"][number]];
    const changes: Partial<KeySource>[] = [
      {},
      { tool: { ...SOURCE.tool, id: "2" } },
      { tool: { ...SOURCE.tool, package: "other" } },
      { tool: { ...SOURCE.tool, name: "other" } },
      { tool: { id: "1", package: "blur", name: "demo" } },
      { image: "" },
      { image: "sha256:1" },
      { runner: "DockerRunner" },
      { runner: null },
      { runner: { toolchain: "LocalRunner" } },
      { env: environmentPart(["A"], {}) },
      { env: environmentPart(["A"], { A: "" }) },
      { env: environmentPart(["A"], { A: "1" }) },
      { env: environmentPart(["B"], { B: "1" }) },
      { extra: [] },
      { extra: null },
      { extra: { a: null } },
      { inputs: [], inputPaths: [] },
      { inputs: [one, one], inputPaths: ["/data/in.nii", "/b"] },
      { inputs: [{ ...one, name: "other.nii" }] },
      { inputs: [{ ...one, name: null }] },
      { inputs: [{ ...one, name: "null" }] },
      { inputs: [{ ...one, digest: `b3:${"1".repeat(64)}` as Digest }] },
      { inputs: [{ ...one, digest: `sha256:${"0".repeat(64)}` as Digest }] },
      { inputs: [{ ...one, kind: "tree" }] },
      { inputs: [{ ...one, mutable: true }] },
      { inputs: [{ ...one, resolveParent: true }] },
      { inputPaths: ["/data/other.nii"] },
      ...[
        {},
        [],
        null,
        "",
        "x",
        0,
        -0,
        0n,
        NaN,
        "NaN",
        false,
        2 ** 53,
        2n ** 53n,
        1e-7,
        "1e-7",
        1,
        "1",
        "é",
        "e\u0301",
      ].map((params) => ({ params })),
      { params: { in_file: { $input: 0 }, sigma: 2 } },
      { params: { in_file: "/data/in.nii", sigma: 2, extra: null } },
      { params: { in_file: "/data/in.nii", sigma: [2] } },
    ];
    const keys = changes.map(key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("is refused for a fingerprint or params without canonical form, which is named", () => {
    expect(() => key({ params: { stages: [{ when: new Date() }] } })).toThrow(
      "params.stages[0].when is an instance of Date",
    );
    expect(() => key({ runner: { started: new Date() } })).toThrow("fingerprint().started is an instance of Date");
    expect(() => key({ extra: [undefined] })).toThrow("policy.extra[0] is undefined");
  });
});

describe("environment values", () => {
  test("are digests under a context, never the values", () => {
    const part = environmentPart(["TOKEN", "EMPTY", "NONE"], { TOKEN: "hunter2", EMPTY: "" });
    expect(part).toEqual({ TOKEN: environmentDigest("hunter2"), EMPTY: environmentDigest(""), NONE: null });
    expect(JSON.stringify(part)).not.toContain("hunter2");
    expect(environmentDigest("hunter2")).not.toBe(blake3Wasm.hash(Buffer.from("hunter2")));
  });

  test("are looked up as own names only", () => {
    expect(environmentPart(["constructor", "__proto__"], {})).toEqual(
      JSON.parse('{"constructor":null,"__proto__":null}'),
    );
  });
});

describe("reading key parts", () => {
  const parts = JSON.parse(computeKey(SOURCE).text) as Record<string, unknown>;
  test.each<[string, unknown]>([
    ["another version", { ...parts, v: 2 }],
    ["a missing part", { ...parts, env: undefined }],
    ["an input without digest", { ...parts, inputs: [{ kind: "file" }] }],
    ["a nameless tool", { ...parts, tool: { id: "1" } }],
    ["text", "{}"],
    ["null", null],
  ])("%s gives null", (_name, value) => {
    expect(readKeyParts(value)).toBeNull();
  });
});
