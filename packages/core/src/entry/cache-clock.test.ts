import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { cacheNowMs } from "./cache-clock.js";

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rig[Symbol.asyncDispose]();
});

test("the time of a cache is that of its file system, not of this process", () => {
  const nowMs = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(0);
  expect(Math.abs(cacheNowMs(rig.root) - nowMs)).toBeLessThan(60_000);
  expect(readdirSync(join(rig.root.dir, ".trash"))).toEqual([]);
});

test("where no file can be made, it is that of this process", () => {
  rmSync(join(rig.root.dir, ".trash"), { recursive: true, force: true });
  writeFileSync(join(rig.root.dir, ".trash"), "in the way");
  vi.spyOn(Date, "now").mockReturnValue(12_345);
  expect(cacheNowMs(rig.root)).toBe(12_345);
});
