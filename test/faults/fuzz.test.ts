// FAULTS §2b, rows 17 and 18, and the other files that anybody may damage: any bytes at all are a miss or an error with a code.
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { CachingRunner, openCache, RuncacheError } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { describe, expect } from "vitest";
import { makeCliRig } from "../cli/rig.js";
import { fault, isLong, type Figures } from "./fault.js";
import { entryDirs } from "./invariants.js";
import { makeFaultRig, type FaultRig } from "./rig.js";

/** What becomes of a file's bytes. */
const damage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ mask;
    return copy;
  }),
  fc.nat().map((length) => (bytes: Buffer) => bytes.subarray(0, length % (bytes.length + 1))),
  fc.uint8Array({ maxLength: 64 }).map((tail) => (bytes: Buffer) => Buffer.concat([bytes, tail])),
  fc.uint8Array({ maxLength: 256 }).map((all) => () => Buffer.from(all)),
  fc.json().map((text) => () => Buffer.from(text)),
);

const runs = (count: number): { numRuns: number } => ({ numRuns: isLong ? 40 * count : count });

/** Every regular file below the host directory `dir`. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file).isFile());
}

function overwrite(file: string, bytes: Uint8Array): void {
  const { atime, mtime } = statSync(file);
  truncateSync(file);
  writeFileSync(file, bytes);
  utimesSync(file, atime, mtime); // as bit rot does
}

describe("damaged bytes", () => {
  fault(
    {
      row: 18,
      fault: "any bytes as the manifest of an entry",
      behaviour: "a hit with the right bytes, or a miss; the entry is whole again",
      method: "fast-check: bits flipped, cut, appended, replaced by bytes and by JSON",
    },
    async (): Promise<Figures> => {
      await using rig = await makeFaultRig();
      rig.serve();
      const [entry = ""] = entryDirs(rig.cacheDir);
      const manifest = path.join(entry, ".runcache/manifest.json");
      const figures = { hits: 0, misses: 0 };
      fc.assert(
        fc.property(damage, (hurt) => {
          overwrite(manifest, hurt(readFileSync(manifest)));
          figures[rig.serve() === 1 ? "hits" : "misses"] += 1;
        }),
        runs(16),
      );
      await rig.check();
      return figures;
    },
  );

  fault(
    {
      row: 17,
      fault: "any bytes as any file of an entry, its time kept",
      behaviour: "under verify: digest never a wrong byte: a miss, and the entry is whole again",
      method: "fast-check, over outputs, streams and manifest",
    },
    async (): Promise<Figures> => {
      await using rig = await makeFaultRig();
      const figures = { hits: 0, misses: 0 };
      const runner = new CachingRunner({
        base: new LocalRunner({ dataDir: rig.temp.join("runs") }),
        cacheDir: rig.cacheDir,
        policy: { verify: "digest" },
      });
      const call = () =>
        runner.exec({ id: "1", name: "large-streams" }, (io) => [
          ...[rig.tool.path, "--copy", io.input(rig.temp.join("data/in.txt")), "out.txt"],
          ...["--print", "x".repeat(6000), "--print-error", "y".repeat(6000)],
        ]);
      const { outputDir } = await call();
      await fc.assert(
        fc.asyncProperty(fc.nat(), damage, async (which, hurt) => {
          const files = filesIn(outputDir).sort();
          const file = files[which % files.length] ?? "";
          const before = readFileSync(file);
          overwrite(file, hurt(before));
          const result = await call();
          expect(readFileSync(result.output("out.txt"), "utf8")).toBe("one\n");
          expect([result.stdout(), result.stderr()]).toEqual([`${"x".repeat(6000)}\n`, `${"y".repeat(6000)}\n`]);
          figures[result.status === "hit" ? "hits" : "misses"] += 1;
        }),
        runs(16),
      );
      await rig.check();
      return figures;
    },
  );

  fault(
    {
      row: 18,
      fault: "any bytes as .runcache.json",
      behaviour: "a cache that works, or an error with a code; the run goes on without it",
      method: "fast-check; openCache and a call",
    },
    async (): Promise<Figures> => {
      await using rig = await makeFaultRig();
      rig.serve();
      const marker = path.join(rig.cacheDir, ".runcache.json");
      const good = readFileSync(marker);
      const figures = { usable: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(damage, async (hurt) => {
          writeFileSync(marker, hurt(good));
          try {
            openCache(rig.cacheDir);
            figures.usable += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(RuncacheError);
            figures.refused += 1;
          }
          expect(await callAnyway(rig)).toBe("one\n");
        }),
        runs(16),
      );
      writeFileSync(marker, good);
      expect(rig.serve()).toBe(1);
      await rig.check();
      return figures;
    },
  );

  fault(
    {
      row: 18,
      fault: "any bytes in everything beside the entries: recent calls, statistics, locks, owners",
      behaviour: "calls, prunes and verifications go on",
      method: "fast-check over every file of .recent, .stats, .locks and .incoming",
    },
    async (): Promise<Figures> => {
      await using rig = await makeFaultRig();
      rig.serve();
      const figures = { damaged: 0 };
      let seed = 0;
      await fc.assert(
        fc.asyncProperty(damage, async (hurt) => {
          for (const dir of [".recent", ".stats", ".locks", ".incoming"]) {
            const place = path.join(rig.cacheDir, dir);
            for (const file of existsSync(place) ? filesIn(place) : []) {
              writeFileSync(file, hurt(readFileSync(file)));
              figures.damaged += 1;
            }
          }
          rig.serve(`new ${seed++}`);
          const cache = openCache(rig.cacheDir);
          await cache.prune({ maxEntries: 3, keepUsedWithinMs: 0 });
          await cache.stats();
        }),
        runs(12),
      );
      expect(figures.damaged).toBeGreaterThan(10);
      await rig.check();
      return figures;
    },
  );

  fault(
    {
      row: 34,
      fault: "any bytes in the ledger",
      behaviour: "files are read again; digests and keys stay right",
      method: "fast-check over every file of the ledger, then a call in a process of its own with a large old input",
    },
    async (): Promise<Figures> => {
      await using rig = await makeFaultRig();
      const ledger = rig.temp.join("xdg/runcache/ledger");
      expect(rig.run().stdout).toBe("0 one\n");
      const figures = { damaged: 0 };
      fc.assert(
        fc.property(damage, (hurt) => {
          for (const file of existsSync(ledger) ? filesIn(ledger) : []) {
            writeFileSync(file, hurt(readFileSync(file)));
            figures.damaged += 1;
          }
          expect(rig.run()).toMatchObject({ status: 0, stdout: "1 one\n", stderr: "" });
        }),
        runs(5),
      );
      expect(figures.damaged).toBeGreaterThan(0);
      await rig.check();
      return figures;
    },
  );

  fault(
    {
      row: 18,
      fault: "any bytes as runcache.config.json",
      behaviour: "the command works, or says in one error with a code what to mend; never a stack",
      method: "fast-check; runcache run",
    },
    async (): Promise<Figures> => {
      await using rig = await makeCliRig();
      const figures = { accepted: 0, refused: 0 };
      const values = fc.record(
        {
          cacheDir: fc.oneof(fc.constant("../cache"), fc.jsonValue()),
          verify: fc.oneof(fc.constantFrom("stat", "digest"), fc.jsonValue()),
          durability: fc.jsonValue(),
          env: fc.jsonValue(),
          extra: fc.jsonValue(),
          runner: fc.jsonValue(),
          unknown: fc.jsonValue(),
        },
        { requiredKeys: [] },
      );
      const config = fc.oneof(
        damage.map((hurt) => hurt(Buffer.from('{"verify": "digest"}'))),
        values.map((value) => Buffer.from(JSON.stringify(value))),
      );
      fc.assert(
        fc.property(config, (bytes) => {
          writeFileSync(rig.at("runcache.config.json"), bytes);
          const { code, stdout, stderr } = rig.callWith(
            { env: { RUNCACHE_DIR: rig.cacheDir } },
            ...["run", "--no-inputs", "--", "echo", "one"],
          );
          expect(stderr).not.toMatch(/^ {4}at /m);
          if (code === 0) expect(stdout).toBe("one\n");
          else expect(stderr).toMatch(/^runcache: /);
          figures[code === 0 ? "accepted" : "refused"] += 1;
        }),
        runs(10),
      );
      expect(figures.refused).toBeGreaterThan(0);
      rmSync(rig.at("runcache.config.json"));
      return figures;
    },
  );
});

/** One call, with or without the cache; its output. */
async function callAnyway(rig: FaultRig): Promise<string> {
  const result = await rig
    .runner()
    .exec({ id: "1", name: "cat" }, (io) => ["cat", io.input(rig.temp.join("data/in.txt"))]);
  return result.stdout();
}
