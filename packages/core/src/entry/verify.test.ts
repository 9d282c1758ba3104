import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { hashText } from "../hashing/select-hasher.js";
import { cacheStats } from "./cache-stats.js";
import type { Entry } from "./entry.js";
import { entryDir } from "./layout.js";
import { pin } from "./pin.js";
import { createStaging } from "./staging.js";
import { verify, type VerifyFinding, type VerifyOptions, type VerifyProgress } from "./verify.js";

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const store = (name: string, content = name): Promise<Entry> =>
  rig.store({ "out.txt": content, "other.txt": "other" }, { key: keyOf(name) });

/** What is found, by name of the entry. */
async function findings(names: readonly string[], options: VerifyOptions = {}): Promise<Record<string, VerifyFinding>> {
  const found: Record<string, VerifyFinding> = {};
  const onFinding = (finding: VerifyFinding): void => {
    found[names.find((name) => keyOf(name) === finding.key) ?? finding.key] = finding;
  };
  await verify(rig.root, { ...options, onFinding });
  return found;
}

describe("a verification", () => {
  test("of a sound cache finds nothing, and says how far it is", async () => {
    for (const name of ["a", "b", "c"]) await store(name);
    const progress: VerifyProgress[] = [];
    const report = await verify(rig.root, { onProgress: (state) => void progress.push(state) });
    expect(report).toMatchObject({
      places: 3,
      byVerdict: { sound: 3, corrupt: 0, unlisted: 0, incomplete: 0, "unknown-version": 0, unreadable: 0 },
      sizeBytes: 18,
      removed: 0,
    });
    expect(progress.map(({ places, allPlaces, sizeBytes }) => [places, allPlaces, sizeBytes])).toEqual([
      [1, 3, 6],
      [2, 3, 12],
      [3, 3, 18],
    ]);
  });

  test("names what no run wrote, wherever it lies in an entry, and quarantines the entry on request", async () => {
    const entry = await rig.store({ "out.txt": "x", sub: { "größe.bin": "y" } }, { key: keyOf("planted") });
    chmodSync(`${entry.dir}/sub`, 0o700);
    mkdirSync(`${entry.dir}/dir/deep`, { recursive: true });
    writeFileSync(`${entry.dir}/sub/plänted`, "");
    writeFileSync(Buffer.concat([Buffer.from(`${entry.dir}/`), Buffer.of(0xff)]), "");
    symlinkSync("out.txt", `${entry.dir}/link`);
    pin(rig.root, entry);
    const { planted } = await findings(["planted"]);
    expect(planted?.verdict).toBe("unlisted");
    expect(planted?.details.map((detail) => detail.split(" ")[0]).sort()).toEqual(
      ["dir", "link", "sub/plänted", "\ufffd"].sort(),
    );
    expect(await findings(["planted"], { repair: true })).toMatchObject({ planted: { removed: true } });
    expect(existsSync(entry.dir)).toBe(false);
  });

  test("names everything that is wrong with every entry, and goes on", async () => {
    const names = ["sound", "damaged", "cut", "half", "newer"];
    for (const name of names) await store(name);
    const dir = (name: string): string => entryDir(rig.root.dir, keyOf(name));
    writeFileSync(`${dir("damaged")}/out.txt`, "DAMAGED");
    rmSync(`${dir("damaged")}/other.txt`);
    truncateSync(`${dir("cut")}/.runcache/manifest.json`, 100);
    rmSync(`${dir("half")}/.runcache`, { recursive: true });
    const rest = '"layout":2}\n';
    chmodSync(`${dir("newer")}/.runcache/manifest.json`, 0o600);
    writeFileSync(`${dir("newer")}/.runcache/manifest.json`, `{"digest":"${hashText(rest)}",${rest}`);

    const found = await findings(names);
    expect(Object.keys(found).sort()).toEqual(["cut", "damaged", "half", "newer"]);
    expect(found["damaged"]).toMatchObject({
      dir: dir("damaged"),
      verdict: "corrupt",
      details: ["other.txt is gone", "out.txt has another content"],
      removed: false,
    });
    expect(found["cut"]).toMatchObject({ verdict: "incomplete", details: [expect.stringContaining("digest")] });
    expect(found["half"]).toMatchObject({ verdict: "incomplete" });
    expect(found["newer"]).toMatchObject({ verdict: "unknown-version" });
    expect(existsSync(`${dir("damaged")}/out.txt`)).toBe(true);
  });

  test("removes what is damaged where that is asked for, and nothing else", async () => {
    const names = ["sound", "damaged", "half"];
    const [, damaged, half] = (await Promise.all(names.map((name) => store(name)))) as [Entry, Entry, Entry];
    truncateSync(`${damaged.dir}/out.txt`, 0);
    rmSync(`${half.dir}/.runcache`, { recursive: true });
    const found = await findings(names, { repair: true });
    expect(found["damaged"]).toMatchObject({ verdict: "corrupt", removed: true });
    expect(found["half"]).toMatchObject({ removed: false });
    expect(names.map((name) => existsSync(entryDir(rig.root.dir, keyOf(name))))).toEqual([true, false, true]);
  });

  test("finds damage that no time tells of, and damage to streams", async () => {
    const staging = await rig.run({ "out.txt": "x" }, { stdout: "x".repeat(10_000) });
    await rig.commit(staging);
    const file = `${entryDir(rig.root.dir, keyOf("key"))}/.runcache/stdout.gz`;
    const { size } = await import("node:fs").then(({ statSync }) => statSync(file));
    chmodSync(file, 0o600);
    writeFileSync(file, Buffer.alloc(size));
    expect((await findings([]))[keyOf("key")]).toMatchObject({
      verdict: "corrupt",
      details: ["its recorded stdout is damaged"],
    });
  });

  test("stops when it is told to, and refuses options that it does not know", async () => {
    await store("a");
    await expect(verify(rig.root, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await expect(verify(rig.root, { fix: true } as VerifyOptions)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_UNKNOWN_OPTION",
    });
  });
});

describe("statistics", () => {
  test("count what the cache holds, by tool", async () => {
    const fsl = { id: "1", package: "fsl", name: "bet" };
    await rig.store({ "a.txt": "12345" }, { key: keyOf("a"), durationMs: 100 });
    await rig.store({ "a.txt": "1" }, { key: keyOf("b"), durationMs: 200, metadata: fsl });
    pin(rig.root, await rig.store({}, { key: keyOf("c"), durationMs: 300, metadata: fsl }));
    const half = await rig.store({ x: "1" }, { key: keyOf("d") });
    rmSync(`${half.dir}/.runcache`, { recursive: true });
    createStaging(rig.root);
    const stats = await cacheStats(rig.root);
    expect(stats).toMatchObject({
      entries: 3,
      savesMs: 600,
      inodes: 11,
      pinned: 1,
      incomplete: 1,
      staging: 1,
      trash: 0,
    });
    expect([...stats.byTool].map(([tool, { entries, savesMs }]) => [tool, entries, savesMs]).sort()).toEqual([
      ["demo/tool", 1, 100],
      ["fsl/bet", 2, 500],
    ]);
    expect(stats.newestUseMs).toBeLessThan(Date.now() + 60_000);
    expect(stats.oldestUseMs).toBeLessThanOrEqual(stats.newestUseMs ?? 0);
  });

  test("of an empty cache are all nothing", async () => {
    expect(await cacheStats(rig.root)).toMatchObject({
      entries: 0,
      sizeBytes: 0,
      oldestUseMs: null,
      newestUseMs: null,
    });
  });
});
