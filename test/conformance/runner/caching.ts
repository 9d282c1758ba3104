import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import {
  CachingRunner,
  type CacheEvent,
  type CacheableExecution,
  type CacheEventType,
  type Execution,
} from "@runcache/core";
import { describe, expect, it } from "vitest";
import { shell, type Bench, type CommonOptions } from "./runner-under-test.js";

/** What happened to one call after another. */
interface Cached {
  readonly runner: CachingRunner;
  readonly outcomes: () => readonly CacheEventType[];
}

/** How a runner serves as the base of the caching runner. */
export function testCaching(bench: Bench): void {
  const cached = (options: Partial<CommonOptions> = {}): Cached => {
    const events: CacheEvent[] = [];
    const runner = new CachingRunner({
      base: bench.runner(options),
      cacheDir: bench.path("cache"),
      policy: { durability: "none" },
      onEvent: (event) => events.push(event),
    });
    return { runner, outcomes: () => events.map(({ type }) => type) };
  };

  /** Copies its input beside a line that no other run would write. */
  const copy = (execution: Execution, input: string): string => {
    const seen = execution.inputFile(input);
    const out = execution.outputFile("out.txt");
    execution.run(
      shell('{ cat "$1"; cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; } >out.txt; echo said', seen),
    );
    return out;
  };

  describe("under the caching runner", () => {
    it("misses once and hits ever after, with the same bytes and lines", async () => {
      const inputs = await bench.inputs({ "a.txt": "content\n" });
      const { runner, outcomes } = cached();
      const contents: string[] = [];
      for (let call = 0; call < 3; call++) {
        const out = copy(runner.startExecution(bench.metadata), path.join(inputs, "a.txt"));
        contents.push(await readFile(out, "utf8"));
        expect(out.startsWith(bench.path("cache"))).toBe(true);
      }
      expect(outcomes()).toEqual(["miss", "stored", "hit", "hit"]);
      expect(contents[0]).toMatch(/^content\n.+\n$/);
      expect(new Set(contents).size).toBe(1);
    });

    it("replays both streams", () => {
      const { runner } = cached();
      for (let call = 0; call < 2; call++) {
        const [out, err]: [string[], string[]] = [[], []];
        runner.startExecution(bench.metadata).run(
          shell("echo one; echo; printf two; echo oops >&2"),
          (line) => out.push(line),
          (line) => err.push(line),
        );
        expect([out, err]).toEqual([["one", "", "two"], ["oops"]]);
      }
    });

    it("serves blocking calls from runs that did not block, and the reverse", async () => {
      const { runner, outcomes } = cached();
      const script = shell("echo x >out.txt");
      const first: Execution & Partial<CacheableExecution> = runner.startExecution(bench.metadata);
      expect(await first.runAsync?.(script)).toMatchObject({ status: "miss" });
      runner.startExecution(bench.metadata).run(script);
      expect(outcomes()).toEqual(["miss", "stored", "hit"]);
    });

    it("runs again for other content, and not for the same elsewhere", async () => {
      const inputs = await bench.inputs({ one: { "a.txt": "1" }, same: { "a.txt": "1" }, other: { "a.txt": "2" } });
      const { runner, outcomes } = cached();
      for (const dir of ["one", "same", "other"]) {
        copy(runner.startExecution(bench.metadata), path.join(inputs, dir, "a.txt"));
      }
      expect(outcomes()).toEqual(["miss", "stored", "hit", "miss", "stored"]);
    });

    it("runs again in another explicit environment", async () => {
      const inputs = await bench.inputs({ "a.txt": "1" });
      const environ = { PATH: "/usr/local/bin:/usr/bin:/bin" };
      for (const variant of [environ, { ...environ, THREADS: "2" }]) {
        const { runner, outcomes } = cached({ environ: variant });
        copy(runner.startExecution(bench.metadata), path.join(inputs, "a.txt"));
        expect(outcomes()).toEqual(["miss", "stored"]);
      }
    });

    it("replays a mutable input as the tool left it, and runs again when its source changed", async () => {
      const inputs = await bench.inputs({ one: { "a.txt": "1\n" }, other: { "a.txt": "2\n" } });
      const { runner, outcomes } = cached();
      const results: string[] = [];
      for (const dir of ["one", "one", "other"]) {
        const execution = runner.startExecution(bench.metadata);
        const source = path.join(inputs, dir, "a.txt");
        const seen = execution.inputFile(source, false, true);
        const changed = execution.mutableCopy?.(source) ?? "";
        execution.run(shell('echo changed >>"$1"', seen));
        results.push(await readFile(changed, "utf8"));
      }
      expect(outcomes()).toEqual(["miss", "stored", "hit", "miss", "stored"]);
      expect(results).toEqual(["1\nchanged\n", "1\nchanged\n", "2\nchanged\n"]);
    });

    it("keeps nothing of a run that failed", async () => {
      const { runner, outcomes } = cached();
      for (let call = 0; call < 2; call++) {
        const execution = runner.startExecution(bench.metadata);
        expect(() => execution.run(shell("echo x >out.txt; exit 1"))).toThrow(expect.objectContaining({ exitCode: 1 }));
      }
      expect(outcomes()).toEqual(["miss", "miss"]);
      expect(await readdir(bench.path("cache", ".incoming"))).toEqual([]);
    });

    it("leaves no run directory of its own", () => {
      const { runner } = cached();
      for (let call = 0; call < 2; call++) runner.startExecution(bench.metadata).run(shell("echo x >out.txt"));
      expect(existsSync(bench.path("data"))).toBe(false);
    });
  });
}
