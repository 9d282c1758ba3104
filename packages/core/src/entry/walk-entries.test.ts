import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { entryDir } from "./layout.js";
import { walkEntries, type EntryPlace } from "./walk-entries.js";

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

async function places(): Promise<EntryPlace[]> {
  const found: EntryPlace[] = [];
  for await (const place of walkEntries(rig.root)) found.push(place);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

test("a walk finds what stands at the place of a key, entry or not, and nothing else", async () => {
  const entry = await rig.store({ "out.txt": "x" });
  const half = keyOf("half");
  mkdirSync(entryDir(rig.root.dir, half), { recursive: true });
  const other = keyOf("other");
  mkdirSync(`${rig.root.dir}/zz/${other}`, { recursive: true });
  mkdirSync(`${rig.root.dir}/${half.slice(0, 2)}/${other}`);
  mkdirSync(`${rig.root.dir}/${half.slice(0, 2)}/.tmp-${"0".repeat(32)}`);
  writeFileSync(`${rig.root.dir}/${half.slice(0, 2)}/${half.slice(0, -1)}0`, "a file");
  mkdirSync(`${rig.root.dir}/${other.slice(0, 2)}`, { recursive: true });
  symlinkSync(entry.dir, entryDir(rig.root.dir, other));
  symlinkSync(rig.root.dir, `${rig.root.dir}/00`);
  expect(await places()).toEqual(
    [
      { key: entry.key, dir: entry.dir },
      { key: half, dir: entryDir(rig.root.dir, half) },
    ].sort((a, b) => (a.key < b.key ? -1 : 1)),
  );
});

test("a walk of a cache that goes away meanwhile ends", async () => {
  await rig.store({ "out.txt": "x" }, { key: keyOf("a") });
  await rig.store({ "out.txt": "x" }, { key: keyOf("b") });
  const walk = walkEntries(rig.root);
  expect((await walk.next()).done).toBe(false);
  rmSync(rig.root.dir, { recursive: true });
  while ((await walk.next()).done !== true);
  expect(await places()).toEqual([]);
});
