import { afterEach, beforeEach, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { openCache, type Cache } from "./cache.js";
import type { ComputeCall } from "./compute.js";
import { execIo } from "./exec-io.js";
import { metadataOf } from "./exec.js";

let temp: TempDir;
let cache: Cache;

beforeEach(async () => {
  temp = await tempDir("misspelt");
  cache = openCache(temp.join("cache"), { create: true });
});
afterEach(() => temp[Symbol.asyncDispose]());

const tool = { id: "1", name: "simulate" };
const MISSPELT_CALLS: readonly (readonly [title: string, call: object, message: string])[] = [
  ["parameters", { tool, parms: { dt: 0.1 } }, 'has no option "parms"; did you mean params?'],
  ["inputs", { tool, inpts: {} }, 'has no option "inpts"; did you mean inputs?'],
  ["a package", { tool: { ...tool, pakage: "a" } }, 'the tool has no option "pakage"; did you mean package?'],
];

test.each(MISSPELT_CALLS)("misspelt %s of a computation are refused before it runs", async (_, call, message) => {
  let calls = 0;
  const computed = cache.compute(call as ComputeCall, () => ++calls);
  await expect(computed).rejects.toMatchObject({ code: "ERR_RUNCACHE_UNKNOWN_OPTION" });
  await expect(computed).rejects.toThrow(message);
  expect(calls).toBe(0);
  expect(() => cache.keyOf(call as ComputeCall)).toThrow(message);
});

test("misspelt options of compute and of openCache are refused", async () => {
  const options = { refesh: true } as object;
  const computed = cache.compute({ tool }, () => 1, options);
  await expect(computed).rejects.toThrow('compute has no option "refesh"; did you mean refresh?');
  const creat = { creat: true } as object;
  const message = 'openCache has no option "creat"; did you mean create?';
  expect(() => openCache(temp.join("other"), creat)).toThrow(message);
});

test("a misspelt name of an input or output of exec is refused, and nothing is registered", () => {
  const registered: unknown[] = [];
  const io = execIo(
    (path, options) => (registered.push([path, options]), path),
    (name, optional) => registered.push([name, optional]),
  );
  const resolveparent = { resolveparent: true } as object;
  expect(() => io.input("/a", resolveparent)).toThrow(
    'io.input has no option "resolveparent"; did you mean resolveParent?',
  );
  const optonal = { optonal: true } as object;
  expect(() => io.output("b", optonal)).toThrow('io.output has no option "optonal"; did you mean optional?');
  expect(registered).toEqual([]);
  expect([io.input("/a", { mutable: true }), io.output("b", { optional: true })]).toEqual(["/a", "b"]);
  expect(registered).toEqual([
    ["/a", { resolveParent: false, mutable: true }],
    ["b", true],
  ]);
});

test("a tool may be the metadata of a wrapper, which say more", () => {
  const metadata = { id: "1", name: "bet", package: "fsl", citations: ["x"], container_image_tag: "fsl:6" };
  expect(metadataOf(metadata)).toEqual({ id: "1", name: "bet", package: "fsl" });
});
