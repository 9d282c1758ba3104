import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { tempDir } from "../../../../test/kit/temp-dir.js";
import { runBlocking, type Flow } from "../platform/flow.js";
import { InputError } from "../types/errors.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { Digests } from "./digests.js";
import { Filesystems } from "./filesystems.js";
import { Ledger } from "./ledger.js";
import { LedgerStore } from "./ledger-store.js";

const NAMES = ["a", "b", "d/a", "d/b"] as const;
const PLACES = [...NAMES, "d", "link", "."] as const;

/** One thing that happens to a small world of files. */
type Event =
  | { readonly kind: "write"; readonly name: string; readonly byte: string; readonly sizeBytes: number }
  | { readonly kind: "rename" | "link"; readonly name: string; readonly to: string }
  | { readonly kind: "touch" | "remove" | "chmod"; readonly name: string }
  | { readonly kind: "ask"; readonly form: "file" | "executable" | "tree" | "outputs"; readonly place: string };

const name = fc.constantFrom(...NAMES);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    name,
    byte: fc.constantFrom("x", "y"),
    sizeBytes: fc.constantFrom(10, 300_000),
  }),
  fc.record({ kind: fc.constantFrom("rename" as const, "link" as const), name, to: name }),
  fc.record({ kind: fc.constantFrom("touch" as const, "remove" as const, "chmod" as const), name }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      form: fc.constantFrom("file" as const, "executable" as const, "tree" as const, "outputs" as const),
      place: fc.constantFrom(...PLACES),
    }),
  },
);

test("whatever happened and was asked before, in whatever form, the ledger changes no answer", async () => {
  let known = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 30 }), async (events) => {
      await using dir = await tempDir("digests");
      mkdirSync(dir.join("world/d"), { recursive: true });
      symlinkSync("d/a", dir.join("world/link"));
      const ledger = new Ledger({
        filesystems: new Filesystems(new Set(), () => "ext4"),
        store: new LedgerStore(dir.join("ledger")),
        nowNs: () => BigInt(Date.now() + 10_000) * 1_000_000n,
      });
      const withLedger = new Digests({ hasher: blake3Wasm, ledger });
      const without = new Digests({ hasher: blake3Wasm, ledger: null });
      const probe = dir.join("probe");
      for (const one of events) {
        if (one.kind !== "ask") {
          nextTick(probe);
          ignoringMissing(() => apply(one, (path) => dir.join("world", path)));
          nextTick(probe);
          continue;
        }
        const place = dir.join("world", one.place);
        const answer = ask(withLedger, one.form, place);
        expect(answer.digest).toBe(ask(without, one.form, place).digest);
        if (answer.origin === "ledger") known++;
      }
    }),
  );
  expect(known).toBeGreaterThan(0);
});

interface Answer {
  /** Or the code of the error. */
  readonly digest: string;
  readonly origin?: string;
}

function ask(digests: Digests, form: (Event & { kind: "ask" })["form"], place: string): Answer {
  const asked = (): Flow<unknown> => (form === "outputs" ? digests.outputs([place]) : digests[form](place));
  try {
    const answer = runBlocking(asked());
    if (typeof answer === "string") return { digest: answer };
    return (Array.isArray(answer) ? answer[0] : answer) as Answer;
  } catch (error) {
    if (error instanceof InputError) return { digest: error.code };
    throw error;
  }
}

function apply(event: Exclude<Event, { kind: "ask" }>, at: (path: string) => string): void {
  const path = at(event.name);
  switch (event.kind) {
    case "write":
      return void writeFileSync(path, Buffer.alloc(event.sizeBytes, event.byte));
    case "rename":
      return void renameSync(path, at(event.to));
    case "link":
      rmSync(at(event.to));
      return void symlinkSync(path, at(event.to));
    case "touch":
      return void utimesSync(path, 1, 1);
    case "remove":
      return void rmSync(path);
    case "chmod":
      return void chmodSync(path, statSync(path).mode ^ 0o100);
  }
}

function ignoringMissing(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && ["ENOENT", "ELOOP"].includes(String(error.code)))) throw error;
  }
}

/** Returns once the clock that stamps files has moved on: within a tick of it, changes leave no trace. */
function nextTick(probe: string): void {
  const now = (): bigint => (writeFileSync(probe, ""), statSync(probe, { bigint: true }).mtimeNs);
  const before = now();
  while (now() === before);
}

test("an input that is slow to read, and is read at every call, is told once; an output is not", async () => {
  await using dir = await tempDir("digests");
  const path = dir.join("input.nii");
  writeFileSync(path, Buffer.alloc(300_000, "a"));
  const ledger = new Ledger({
    filesystems: new Filesystems(new Set(), () => "nfs"),
    store: null,
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
  });
  const digests = new Digests({ hasher: blake3Wasm, ledger });
  const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
  let nowMs = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 4000));
  try {
    runBlocking(digests.outputs([path]));
    expect(warn).not.toHaveBeenCalled();
    for (let time = 0; time < 2; time++) runBlocking(digests.file(path));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(
      /^reading .*input\.nii .*took \d+ s.*RUNCACHE_LEDGER_FS=nfs makes it do so$/,
    );
  } finally {
    warn.mockRestore();
    clock.mockRestore();
  }
});
