import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { decodeRow, encodeRow, type LedgerRow } from "./ledger-row.js";
import { LedgerStore } from "./ledger-store.js";

let dir: TempDir;
let directory: string;
beforeEach(async () => {
  dir = await tempDir("store");
  directory = dir.join("ledger/v1");
});
afterEach(() => dir[Symbol.asyncDispose]());

function row(ino: bigint, content = "", sealed = false): LedgerRow {
  const times = { mtimeNs: 1_700_000_000_123_456_789n, ctimeNs: 1_700_000_000_987_654_321n };
  const fingerprint = { dev: 2n ** 40n + 1n, ino, sizeBytes: 2n ** 53n + 1n, kind: 0o100000n, ...times };
  return { fingerprint, digest: blake3Wasm.hash(Buffer.from(content)), sealed };
}

describe("rows", () => {
  test("come back as they were", () => {
    const anyRow = fc.record({
      fingerprint: fc.record({
        dev: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        sizeBytes: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        ctimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        kind: fc.constant(0o100000n),
      }),
      digest: fc.string().map((content) => blake3Wasm.hash(Buffer.from(content))),
      sealed: fc.boolean(),
    });
    fc.assert(
      fc.property(anyRow, (original) => {
        expect(decodeRow(encodeRow(original))).toEqual(original);
      }),
    );
  });

  test("that are damaged anywhere are no rows", () => {
    const line = encodeRow(row(1n));
    for (let index = 0; index < line.length; index++) {
      expect(decodeRow(line.slice(0, index))).toBeNull();
      const other = line[index] === "1" ? "2" : "1";
      expect(decodeRow(line.slice(0, index) + other + line.slice(index + 1))).toBeNull();
    }
  });
});

describe("the store", () => {
  test("is made at the first row, for its user alone", () => {
    const store = new LedgerStore(directory);
    expect(store.find({ dev: 1n, ino: 1n }, "b3")).toBeNull();
    expect(readdirSync(dir.path)).toEqual([]);
    store.add(row(1n));
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(directory)) expect(statSync(`${directory}/${file}`).mode & 0o777).toBe(0o600);
  });

  test("gives the last row of a file, to every process", () => {
    new LedgerStore(directory).add(row(1n, "old"));
    new LedgerStore(directory).add(row(257n, "same shard"));
    new LedgerStore(directory).add(row(1n, "new", true));
    const store = new LedgerStore(directory);
    expect(store.find(row(1n).fingerprint, "b3")).toEqual(row(1n, "new", true));
    expect(store.find(row(257n).fingerprint, "b3")).toEqual(row(257n, "same shard"));
    expect(store.find(row(2n).fingerprint, "b3")).toBeNull();
    expect(store.find({ ...row(1n).fingerprint, ino: 11n }, "b3")).toBeNull();
    expect(store.find(row(1n).fingerprint, "sha256")).toBeNull();
  });

  test("never gives a row that was not added, whatever happens to its files", () => {
    const rows = [row(1n, "a"), row(257n, "b"), row(1n, "c")];
    const damage = fc.oneof(
      fc.record({ cut: fc.nat(700) }),
      fc.record({ at: fc.nat(700), byte: fc.constantFrom("\0", "\n", " ", "x", "7") }),
      fc.record({ at: fc.nat(700), insert: fc.string({ unit: "binary" }) }),
    );
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        rmSync(directory, { recursive: true, force: true });
        const store = new LedgerStore(directory);
        for (const added of rows) store.add(added);
        const shard = `${directory}/${readdirSync(directory)[0]}`;
        let text = readFileSync(shard, "latin1");
        for (const one of damages) text = damaged(text, one);
        writeFileSync(shard, text, "latin1");
        for (const { fingerprint } of rows) expect([null, ...rows]).toContainEqual(store.find(fingerprint, "b3"));
        store.add(row(513n, "after"));
        expect(store.find(row(513n).fingerprint, "b3")).toEqual(row(513n, "after"));
      }),
    );
  });

  test("stays bounded, and keeps what is new and what is used", () => {
    const store = new LedgerStore(directory);
    store.add(row(0n, "used"));
    for (let index = 1n; index <= 1500n; index++) {
      store.add(row(index * 256n, String(index)));
      if (index % 20n === 0n) expect(store.find(row(0n).fingerprint, "b3")).toEqual(row(0n, "used"));
    }
    const [shard, ...others] = readdirSync(directory);
    expect(others).toEqual([]);
    expect(statSync(`${directory}/${shard}`).size).toBeLessThan(50_000);
    expect(store.find(row(1500n * 256n).fingerprint, "b3")).toEqual(row(1500n * 256n, "1500"));
    expect(store.find(row(256n).fingerprint, "b3")).toBeNull();
  });

  test.each<[string, () => void]>([
    ["is a file", () => writeInto(dir.join("ledger"), "v1")],
    ["lies below a file", () => writeFileSync(dir.join("ledger"), "")],
    ["has directories in place of its files", () => mkdirSync(`${directory}/01`, { recursive: true })],
    ["can be written by others", () => openToAll(directory)],
  ])("remembers nothing, and fails nobody, where it %s", (_name, prepare) => {
    prepare();
    const store = new LedgerStore(directory);
    const { dev } = row(1n).fingerprint;
    const misplaced = row((dev ^ 1n) % 256n); // of the shard 01
    store.add(misplaced);
    expect(store.find(misplaced.fingerprint, "b3")).toBeNull();
  });

  test.skipIf(requireOrSkip("changing owners", probes.root))("does not believe another user", () => {
    new LedgerStore(directory).add(row(1n));
    expect(new LedgerStore(directory).find(row(1n).fingerprint, "b3")).not.toBeNull();
    chownSync(directory, 12345, 12345);
    expect(new LedgerStore(directory).find(row(1n).fingerprint, "b3")).toBeNull();
  });
});

function writeInto(parent: string, name: string): void {
  mkdirSync(parent);
  writeFileSync(`${parent}/${name}`, "");
}

function openToAll(place: string): void {
  mkdirSync(place, { recursive: true });
  chmodSync(place, 0o777);
}

type Damage =
  | { readonly cut: number }
  | { readonly at: number; readonly byte: string }
  | { readonly at: number; readonly insert: string };

function damaged(text: string, damage: Damage): string {
  if ("cut" in damage) return text.slice(0, damage.cut);
  if ("byte" in damage) return text.slice(0, damage.at) + damage.byte + text.slice(damage.at + 1);
  return text.slice(0, damage.at) + damage.insert + text.slice(damage.at);
}
