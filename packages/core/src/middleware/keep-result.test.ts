import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { sweepStaging } from "../entry/sweep-staging.js";
import { runBlocking } from "../platform/flow.js";
import { AnnouncedPathError } from "../types/errors.js";
import type { CacheEvent } from "../types/event.js";
import type { CacheableExecution, Metadata } from "../types/runner.js";
import type { CacheContext } from "./cache-context.js";
import { CachingExecution } from "./caching-execution.js";
import { ContextSource } from "./context-source.js";
import type { ServedRun } from "./serve.js";

const METADATA: Metadata = { id: "1", name: "tool", package: "demo" };

let temp: TempDir;
let events: CacheEvent[];
let context: CacheContext;

beforeEach(async () => {
  temp = await tempDir("keep");
  events = [];
  const source = new ContextSource({ cacheDir: temp.join("cache"), onEvent: (event) => void events.push(event) });
  context = source.open() as CacheContext;
});
afterEach(() => temp[Symbol.asyncDispose]());

/** A tool that is a function of its output directory; it returns its exit code. */
function baseOf(tool: (outputDir: string) => number): CacheableExecution {
  const base: CacheableExecution = {
    outputDir: temp.join("own"),
    inputFile: (file) => file,
    outputFile: (name) => join(base.outputDir, name),
    params: (params) => params,
    run: () => undefined,
    fingerprint: () => "test",
    capture: () => ({ exitCode: tool(base.outputDir), signal: null, durationMs: 1, usage: null }),
  };
  return base;
}

/** One call by `exec`, blocking; every call has the same key. */
function call(tool: (outputDir: string) => number, okExitCodes: readonly number[] = [0]): ServedRun {
  const execution = new CachingExecution(context, baseOf(tool), METADATA);
  runBlocking(execution.sealCommand(["tool"], {}));
  const sink = { stdout: undefined, stderr: undefined, flush: () => undefined, end: () => undefined };
  const request = { cargs: ["tool"], stdin: null, sink, okExitCodes, signal: undefined, keptStreamBytes: Infinity };
  return execution.serve(request, runBlocking);
}

/** A tool that leaves `content` and `exitCode`, after `meanwhile`. */
const leaves = (content: string, exitCode: number, meanwhile = (): unknown => undefined) => {
  return (outputDir: string): number => {
    meanwhile();
    writeFileSync(join(outputDir, "out.txt"), content);
    return exitCode;
  };
};

const outputOf = ({ outputDir }: ServedRun): string => readFileSync(join(outputDir, "out.txt"), "utf8");

describe("where an equal call committed first", () => {
  test("the result is that of its entry, exit code and all", () => {
    const other = leaves("other", 3);
    const served = call(
      leaves("mine", 0, () => call(other, [0, 3])),
      [0, 3],
    );
    expect(served).toMatchObject({ status: "miss", exitCode: 3 });
    expect(served.entry?.manifest.exitCode).toBe(3);
    expect(outputOf(served)).toBe("other");
    expect(events.filter(({ type }) => type === "lost-race")).toMatchObject([{ differing: ["out.txt"] }]);
  });

  test("an entry that this caller does not accept is replaced, at whatever moment it came", () => {
    const served = call(leaves("mine", 0, () => call(leaves("other", 3), [3])));
    expect(served).toMatchObject({ exitCode: 0, entry: { manifest: { exitCode: 0 } } });
    expect(outputOf(served)).toBe("mine");
    expect(events.map(({ type }) => type)).not.toContain("lost-race");
  });
});

describe("where a result can be neither stored nor brought to its place", () => {
  /** A file where the shard of `place` is to be. */
  const blockShard = (place: string): void => {
    rmSync(dirname(place), { recursive: true, force: true });
    mkdirSync(dirname(dirname(place)), { recursive: true });
    writeFileSync(dirname(place), "in the way");
  };

  test("and was announced, the error says where it lies, and there it stays for a day", () => {
    let place = "";
    const execution = new CachingExecution(context, baseOf(leaves("mine", 0, () => blockShard(place))), METADATA);
    place = execution.outputFile(".");
    let thrown: unknown;
    try {
      execution.run(["tool"]);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(AnnouncedPathError);
    const kept = /kept in (\S+),/.exec((thrown as AnnouncedPathError).message)?.[1] ?? "";
    expect(readFileSync(join(kept, "out.txt"), "utf8")).toBe("mine");
    const nowMs = Date.now();
    expect(sweepStaging(context.root, nowMs)).toBe(0);
    expect(sweepStaging(context.root, nowMs + 25 * 60 * 60_000)).toBe(1);
    expect(existsSync(kept)).toBe(false);
  });

  test("and was not announced, the result lies in the staging directory of this process", () => {
    const place = call(leaves("first", 0)).outputDir;
    context = { ...context, mode: "refresh" };
    const served = call(leaves("mine", 0, () => blockShard(place)));
    expect(served).toMatchObject({ entry: null, notStored: { reason: "write-failed" } });
    expect(outputOf(served)).toBe("mine");
    expect(sweepStaging(context.root, Date.now() + 25 * 60 * 60_000)).toBe(0);
  });
});

describe("the reason of a miss is that of the moment in which the tool runs", () => {
  const run = (execution: CachingExecution, ...argv: string[]): void => execution.run(["tool", ...argv]);
  const reasons = (): unknown[] => events.flatMap((event) => (event.type === "miss" ? [event.reason] : []));
  const start = (): CachingExecution => {
    const execution = new CachingExecution(context, baseOf(leaves("x", 0)), METADATA);
    execution.outputFile(".");
    return execution;
  };

  test("an entry with other guards came after the key was final", () => {
    const execution = start();
    run(start(), "--other");
    run(execution);
    expect(reasons()).toEqual(["absent", "guards"]);
  });

  test("of an entry that was damaged, damage is the reason still, though it is gone by then", () => {
    const first = start();
    run(first);
    const place = start().outputFile(".");
    rmSync(join(place, "out.txt"));
    const execution = new CachingExecution(context, baseOf(leaves("x", 0)), METADATA);
    run(execution);
    expect(reasons()).toEqual(["absent", "corrupt"]);
  });

  test("a refresh is one, whatever came meanwhile", () => {
    run(start());
    context = { ...context, mode: "refresh" };
    const execution = start();
    rmSync(start().outputFile("."), { recursive: true });
    run(execution);
    expect(reasons()).toEqual(["absent", "refresh"]);
  });
});

describe("a cache that is removed under a call", () => {
  const removeCache = (): void => rmSync(temp.join("cache"), { recursive: true, force: true });
  const start = (tool: (outputDir: string) => number, output = "out.txt"): [CachingExecution, string] => {
    const execution = new CachingExecution(context, baseOf(tool), METADATA);
    return [execution, execution.outputFile(output)];
  };

  test("before the tool runs is made again", () => {
    const [execution, announced] = start(leaves("mine", 0));
    removeCache();
    execution.run(["tool"]);
    expect(readFileSync(announced, "utf8")).toBe("mine");
    expect(events.map(({ type }) => type)).toContain("stored");
    expect(existsSync(temp.join("cache/.runcache.json"))).toBe(true);
  });

  test("while the tool runs takes nothing from one that leaves no files", () => {
    const [execution, announced] = start(() => (removeCache(), 0), ".");
    execution.run(["tool"]);
    expect(readdirSync(announced)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "not-stored", reason: "write-failed" });
  });

  test("and its outputs with it fails the call: they were announced, and are not there", () => {
    const [execution, announced] = start((outputDir) => (leaves("mine", 0)(outputDir), removeCache(), 0));
    expect(() => execution.run(["tool"])).toThrow(/removed while it ran, and out\.txt with it: run it again/);
    expect(existsSync(announced)).toBe(false);
  });

  test("in half when the tool ends gives no entry, for some outputs may be gone", () => {
    const [execution, announced] = start((outputDir) => {
      leaves("mine", 0)(outputDir);
      rmSync(join(dirname(outputDir), "owner"));
      return 0;
    });
    execution.run(["tool"]);
    expect(readFileSync(announced, "utf8")).toBe("mine");
    expect(events.at(-1)).toMatchObject({ type: "not-stored", detail: "the cache was removed while the tool ran" });
    expect(existsSync(join(dirname(announced), ".runcache"))).toBe(false);
  });
});
