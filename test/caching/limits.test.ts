import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeRig, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

test("where the cache's owner set a limit, commits prune now and then, and what is in use stays", async () => {
  const old = rig.call(rig.runner());
  const marker = path.join(rig.cacheDir, ".runcache.json");
  const content = JSON.parse(readFileSync(marker, "utf8")) as object;
  writeFileSync(marker, JSON.stringify({ ...content, limits: { maxEntries: 1 } }));
  utimesSync(old.root, new Date(2001, 1), new Date(2001, 1));
  const runner = rig.runner();
  const fresh = [1, 2].map((n) => rig.call(runner, { params: { n } }));
  await vi.waitFor(() => expect(rig.of("evicted")).toMatchObject([{ reason: "entries" }]));
  expect([old, ...fresh].map(({ root }) => existsSync(root))).toEqual([false, true, true]);
  expect(rig.of("trouble")).toEqual([]);
});
