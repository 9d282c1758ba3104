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
  test("is bounded, and the oldest goes", () => {
    const text = "x".repeat(10_000);
    for (let call = 0; call < 200; call++) rememberCall(String(call), { call, text });
    expect(statSync(file()).size).toBeLessThanOrEqual(256 * 1024);
    expect(nearestKey({ call: 199, text })).toBe(keyOf("199"));
    expect(nearestKey({ call: 0, text })).toBe(keyOf("199")); // all that are left differ as much
  });

  test("leaves out a call with huge parameters, which would push out all others", () => {
    rememberCall("small", { a: 1 });
    rememberCall("huge", { a: "x".repeat(40_000) });
    expect(nearestKey({ a: 2 })).toBe(keyOf("small"));
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
