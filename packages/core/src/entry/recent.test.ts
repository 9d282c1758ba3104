import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeFacts, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import type { KeyParts } from "../key/key-parts.js";
import type { Digest } from "../types/brand.js";
import type { JsonObject } from "../types/json.js";
import { openRoot } from "./cache-root.js";
import { nearest, remember } from "./recent.js";

const TOOL = "demo/tool";

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const parts = (params: JsonObject): KeyParts => ({ ...makeFacts().parts, params });

function rememberCall(name: string, params: JsonObject, tool = TOOL): void {
  remember(rig.root, tool, { key: keyOf(name), parts: parts(params) });
}

const nearestKey = (params: JsonObject): string | null => nearest(rig.root, TOOL, parts(params))?.key ?? null;

/** The one file of the tool. */
function file(): string {
  const [name = ""] = readdirSync(join(rig.root.dir, ".recent"));
  return join(rig.root.dir, ".recent", name);
}

describe("the nearest call", () => {
  test("is the one that differs least", () => {
    rememberCall("far", { a: 1, b: 1 });
    rememberCall("near", { a: 2, b: 3 });
    rememberCall("other", { a: 7, b: 7 });
    expect(nearestKey({ a: 2, b: 2 })).toBe(keyOf("near"));
  });

  test("is the latest of equals", () => {
    rememberCall("first", { a: 1 });
    rememberCall("second", { a: 2 });
    expect(nearestKey({ a: 3 })).toBe(keyOf("second"));
  });

  test("is one of the same tool", () => {
    rememberCall("other tool", { a: 1 }, "demo/other");
    expect(nearestKey({ a: 1 })).toBeNull();
  });

  test("is none where nothing was remembered", () => {
    expect(nearestKey({ a: 1 })).toBeNull();
  });
});

describe("what is remembered", () => {
  test("by other processes is seen at once, between what this one remembers", () => {
    rememberCall("ours", { a: 1, b: 1 });
    expect(nearestKey({ a: 2, b: 2 })).toBe(keyOf("ours"));
    appendFileSync(file(), `${JSON.stringify({ key: keyOf("theirs"), parts: parts({ a: 2, b: 1 }) })}\n`);
    expect(nearestKey({ a: 2, b: 2 })).toBe(keyOf("theirs"));
    appendFileSync(file(), `${JSON.stringify({ key: keyOf("again"), parts: parts({ a: 3, b: 2 }) })}\n`);
    rememberCall("ours too", { a: 9, b: 9 });
    expect(nearestKey({ a: 2, b: 2 })).toBe(keyOf("again"));
    expect(nearestKey({ a: 9, b: 8 })).toBe(keyOf("ours too"));
  });

  test("is bounded, and the oldest goes", () => {
    const text = "x".repeat(10_000);
    for (let call = 0; call < 200; call++) rememberCall(String(call), { call, text });
    expect(statSync(file()).size).toBeLessThanOrEqual(256 * 1024);
    expect(nearestKey({ call: 199, text })).toBe(keyOf("199"));
    expect(nearestKey({ call: 0, text })).toBe(keyOf("199")); // all that are left differ as much
  });

  describe("of a call too large to be kept as a whole, still says what changed", () => {
    const differences = (call: KeyParts): string[] =>
      nearest(rig.root, TOOL, call)?.differences.map(({ text }) => text) ?? ["first run"];
    const text = "x".repeat(40_000);
    const argv = Array.from({ length: 5000 }, (_, index) => `--point=${index}`);

    test.each<[string, JsonObject, JsonObject, string[]]>([
      ["a small parameter beside a large one", { a: text, b: 1 }, { a: text, b: 2 }, ["params.b 1 → 2"]],
      ["the large one", { a: text, b: 1 }, { a: `${text}!`, b: 1 }, ["params.a changed"]],
      ["the large one became small", { a: text }, { a: 1 }, ["params.a changed"]],
      ["the large one went away", { a: text }, {}, ["params.a a large value → absent"]],
      ["one of the caller's, below a long command line", { argv, params: { n: 1 } }, { argv, params: { n: 2 } }, ["params.params.n 1 → 2"]],
      ["the long command line", { argv, n: 1 }, { argv: [...argv, "-v"], n: 1 }, ["params.argv changed"]],
      ["nothing", { a: text }, { a: text }, []],
    ])("%s", (_, before, after, expected) => {
      rememberCall("huge", before);
      expect(differences(parts(after))).toEqual(expected);
      expect(statSync(file()).size).toBeLessThan(32 * 1024);
    }); // prettier-ignore

    test("of thousands of inputs, that they did", () => {
      const many = (last: string): KeyParts => ({
        ...parts({ n: 1 }),
        inputs: Array.from({ length: 2000 }, (_, index) => ({
          name: `slice${index}.dcm`,
          digest: `b3:${(index === 1999 ? last : "a").padEnd(64, "0")}` as Digest,
          kind: "file",
          mutable: false,
          resolveParent: false,
        })),
      });
      remember(rig.root, TOOL, { key: keyOf("many"), parts: many("a") });
      expect(differences(many("a"))).toEqual([]);
      expect(differences(many("b"))).toEqual(["inputs changed"]);
      expect(differences({ ...many("a"), params: { n: 2 } })).toEqual(["params.n 1 → 2"]);
    });

    test("and does not push out all others", () => {
      rememberCall("small", { a: 1 });
      for (let call = 0; call < 20; call++) rememberCall(String(call), { a: text, call });
      expect(differences(parts({ a: 2 }))).toEqual(["params.a 1 → 2"]);
    });
  });

  test("survives damage but for the damaged lines", () => {
    rememberCall("before", { a: 1 });
    appendFileSync(file(), '{"key":"ab');
    rememberCall("after", { a: 2 });
    appendFileSync(file(), `\n[]\nnull\n{"key":"../x","parts":{}}\n${"\0".repeat(100)}`);
    expect(nearestKey({ a: 1 })).toBe(keyOf("before"));
    expect(nearestKey({ a: 2 })).toBe(keyOf("after"));
  });

  test("is forgotten with the directory, and remembered anew", () => {
    rememberCall("lost", { a: 1 });
    rmSync(join(rig.root.dir, ".recent"), { recursive: true });
    expect(nearestKey({ a: 1 })).toBeNull();
    rememberCall("new", { a: 1 });
    expect(nearestKey({ a: 1 })).toBe(keyOf("new"));
  });

  test("is never a reason to fail", () => {
    mkdirSync(join(rig.root.dir, ".recent"));
    rememberCall("x", { a: 1 });
    const path = file();
    rmSync(path);
    mkdirSync(path);
    rememberCall("y", { a: 1 });
    expect(nearestKey({ a: 1 })).toBeNull();
    rmSync(join(rig.root.dir, ".recent"), { recursive: true });
    writeFileSync(join(rig.root.dir, ".recent"), "in the way");
    rememberCall("z", { a: 1 });
    expect(nearestKey({ a: 1 })).toBeNull();
  });

  test("is not written through a link", () => {
    rememberCall("x", { a: 1 });
    const path = file();
    rmSync(path);
    writeFileSync(rig.temp.join("outside"), "");
    symlinkSync(rig.temp.join("outside"), path);
    rememberCall("y", { a: 2 });
    expect(readFileSync(rig.temp.join("outside"), "utf8")).toBe("");
  });
});

test.each([
  ["private", 0o600],
  ["group", 0o660],
  ["world-read", 0o644],
] as const)("who may add entries to a %s cache may write what is remembered", (shared, mode) => {
  const root = openRoot(rig.temp.join(shared), { create: true, shared });
  remember(root, TOOL, { key: keyOf("x"), parts: parts({}) });
  const [name = ""] = readdirSync(join(root.dir, ".recent"));
  expect(statSync(join(root.dir, ".recent", name)).mode & 0o777).toBe(mode);
});
