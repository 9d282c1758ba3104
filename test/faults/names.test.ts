// FAULTS §2c, rows 40 to 47: names that are meant to hurt.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { CachingRunner, openCache, RuncacheError } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { describe, expect } from "vitest";
import { makeTree } from "../kit/make-tree.js";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault } from "./fault.js";
import { makeFaultRig, OUTPUT } from "./rig.js";

const noStrace = requireOrSkip("strace", onPath("strace"));

describe("names", () => {
  fault(
    {
      row: 40,
      fault: "arbitrary keys",
      behaviour: "only 64 lower-case hex digits are looked at",
      method: "fast-check",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      const cache = openCache(rig.cacheDir);
      fc.assert(
        fc.property(
          fc.oneof(fc.string(), fc.constantFrom("../..", "/etc/passwd", "a".repeat(63), "A".repeat(64))),
          (key) => {
            if (/^[0-9a-f]{64}$/.test(key)) expect(cache.get(key)).toBeNull();
            else expect(() => cache.get(key)).toThrow(RuncacheError);
          },
        ),
      );
      await rig.check();
    },
  );

  fault(
    {
      row: 40,
      fault: "arbitrary output names",
      behaviour: "each is refused, or lies in the output directory",
      method: "fast-check",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      const runner = new CachingRunner({
        base: new LocalRunner({ dataDir: rig.temp.join("runs") }),
        cacheDir: rig.cacheDir,
      });
      const part = fc.oneof(
        fc.string(),
        fc.constantFrom("..", ".", "", "~", "a\0b", ".runcache", "ü", "x".repeat(256)),
      );
      fc.assert(
        fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
          const execution = runner.startExecution({ id: "1", name: "names", package: "demo" });
          const root = execution.outputFile(".");
          let announced: string;
          try {
            announced = execution.outputFile(parts.join("/"));
          } catch (error) {
            expect(error).toMatchObject({ code: "ERR_RUNCACHE_OUTPUT_NAME" });
            return;
          }
          expect(announced === root || announced.startsWith(`${root}/`)).toBe(true);
        }),
      );
      await rig.check();
    },
  );

  fault(
    {
      row: 40,
      fault: "a run with hostile names",
      behaviour: "changes nothing outside the cache, the run directory and the ledger",
      method: "every path that a traced run writes to is compared with where it may write",
    },
    async () => {
      await using rig = await makeFaultRig();
      const trace = rig.temp.join("trace");
      const calls = "openat,mkdir,rename,unlink,rmdir,chmod,symlink,link,utimensat,truncate";
      const { stdout } = rig.run({ prefix: ["strace", "-f", "-y", "-s", "4096", "-o", trace, "-e", `trace=${calls}`] });
      expect(stdout).toBe("0 one\n");
      const allowed = [rig.temp.path, "/dev/", "/proc/", "/tmp/runcache-"];
      const written = [...changedPaths(readFileSync(trace, "utf8"))];
      expect(written.length).toBeGreaterThan(5);
      expect(written.filter((path) => !allowed.some((prefix) => path.startsWith(prefix)))).toEqual([]);
    },
    { skip: noStrace },
  );

  const hostile = [
    "a b",
    "-rf",
    "a;b",
    "$(touch x)",
    "`x`",
    'q"q',
    "q'q",
    "a\\b",
    "naïve",
    "nai\u0308ve",
    "😀",
    "a\nb",
    "a,b:c",
  ];
  fault(
    {
      row: 43,
      fault: "inputs whose names hold spaces, quotes, line feeds, options and Unicode",
      behaviour: "are read, and hit the second time",
      method: `${hostile.length} names`,
    },
    async () => {
      await using rig = await makeFaultRig();
      await makeTree(rig.temp.join("hostile"), Object.fromEntries(hostile.map((name) => [name, `${name}!`])));
      const runner = new CachingRunner({
        base: new LocalRunner({ dataDir: rig.temp.join("runs") }),
        cacheDir: rig.cacheDir,
      });
      for (const name of hostile) {
        const call = () =>
          runner.exec({ id: "1", name: "cat" }, (io) => ["cat", "--", io.input(rig.temp.join("hostile", name))]);
        expect([(await call()).stdout(), (await call()).status]).toEqual([`${name}!`, "hit"]);
      }
      await rig.check();
    },
  );

  for (const [row, what, script] of [
    [42, "is not UTF-8", `printf x >"$(printf 'f\\377\\376')"`],
    [46, "is a link to nothing", "ln -s nowhere link"],
    [46, "is a link to itself", "ln -s link link"],
    [46, "is a link to a directory outside", "ln -s /etc link"],
  ] as const) {
    fault(
      {
        row,
        fault: `an output that ${what}`,
        behaviour: "the result is delivered and not stored, and the reason names the output",
        method: "a tool that makes one",
      },
      async () => {
        await using rig = await makeFaultRig();
        const call = { id: "1", name: "odd" };
        const result = await rig.runner().exec(call, () => ["sh", "-c", `echo one >out.txt; ${script}`]);
        expect(result).toMatchObject({ status: "miss", stored: false, notStored: { reason: "output-refused" } });
        expect(result.notStored?.detail).toMatch(/link|f/);
        expect(readFileSync(result.output("out.txt"), "utf8")).toBe(OUTPUT);
        await rig.check();
      },
    );
  }

  for (const [row, what, names] of [
    [41, "differ in Unicode form or case only", ["na\u00efve", "nai\u0308ve", "stra\u00dfe", "strasse", "A", "a"]],
    [43, "have 255 bytes", ["x".repeat(255), `${"\u00e9".repeat(127)}x`]],
    [43, "lie 3,000 bytes deep", [Array.from({ length: 30 }, () => "d".repeat(99)).join("/")]],
  ] as const) {
    fault(
      {
        row,
        fault: `outputs whose names ${what}`,
        behaviour: "are stored byte for byte, and hit",
        method: "a tool that makes them",
      },
      async () => {
        await using rig = await makeFaultRig();
        const script = `for name; do mkdir -p -- "$(dirname -- "$name")"; printf %s "$name" >"$name"; done`;
        const call = () => rig.runner().exec({ id: "1", name: "names" }, () => ["sh", "-c", script, "sh", ...names]);
        expect((await call()).stored).toBe(true);
        const hit = await call();
        expect(hit.status).toBe("hit");
        for (const name of names) expect(readFileSync(path.join(hit.outputDir, name), "utf8")).toBe(name);
        await rig.check();
      },
    );
  }

  fault(
    {
      row: 45,
      fault: "outputs that are FIFOs and sockets",
      behaviour: "are never opened; the result is delivered and not stored",
      method: "a tool that makes a FIFO",
    },
    async () => {
      await using rig = await makeFaultRig();
      const runner = new CachingRunner({
        base: new LocalRunner({ dataDir: rig.temp.join("runs") }),
        cacheDir: rig.cacheDir,
      });
      const result = await runner.exec({ id: "1", name: "mkfifo" }, (io) => {
        io.input(rig.temp.join("data/in.txt"));
        return ["mkfifo", io.output("pipe")];
      });
      expect(result).toMatchObject({ status: "miss", stored: false, notStored: { reason: "output-refused" } });
      expect(existsSync(result.output("pipe"))).toBe(true);
      await rig.check();
    },
  );
});

/** Host paths that the traced calls changed or opened for writing, successful ones only. */
function* changedPaths(trace: string): Generator<string> {
  for (const line of trace.split("\n")) {
    const [, call = "", rest = ""] = /^\d+ +(\w+)\((.*)\) = \d/.exec(line) ?? [];
    if (call === "" || (call === "openat" && !/O_(?:WRONLY|RDWR|CREAT)/.test(rest))) continue;
    for (const [, path = ""] of rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)) if (path.startsWith("/")) yield path;
  }
}
