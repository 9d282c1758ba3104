import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CacheEvent } from "../types/event.js";
import type { Metadata } from "../types/runner.js";
import { CachingRunner } from "./caching-runner.js";
import { DryRunner } from "./dry-runner.js";

const METADATA: Metadata = { id: "1", name: "blur", package: "demo" };

describe("DryRunner", () => {
  it("collects command lines with their parameters, inputs and outputs, in order", () => {
    const runner = new DryRunner();
    for (const sigma of ["1", "2"]) {
      const execution = runner.startExecution(METADATA);
      execution.params({ sigma });
      const input = execution.inputFile("/data/in.nii", { mutable: true });
      execution.inputFile("/data/side", true);
      const output = execution.outputFile("out.nii");
      execution.outputFile("log.txt", true);
      execution.run(["blur", "-s", sigma, input, output]);
    }
    expect(runner.runs.map(({ cargs }) => cargs.join(" "))).toEqual([
      "blur -s 1 /data/in.nii out.nii",
      "blur -s 2 /data/in.nii out.nii",
    ]);
    expect(runner.runs[0]).toEqual({
      metadata: METADATA,
      params: { sigma: "1" },
      cargs: ["blur", "-s", "1", "/data/in.nii", "out.nii"],
      inputs: [
        { path: "/data/in.nii", resolveParent: false, mutable: true },
        { path: "/data/side", resolveParent: true, mutable: false },
      ],
      outputs: [
        { name: "out.nii", optional: false },
        { name: "log.txt", optional: true },
      ],
    });
  });

  it("collects what would run without blocking, too", async () => {
    const runner = new DryRunner();
    expect(await runner.startExecution(METADATA).runAsync?.(["blur"])).toEqual({ exitCode: 0, durationMs: 0 });
    expect(runner.runs).toHaveLength(1);
  });

  it("gives the path of a mutable input back, of which no copy is made", () => {
    const execution = new DryRunner().startExecution(METADATA);
    execution.inputFile("/data/in.nii", false, true);
    expect(execution.mutableCopy?.("/data/in.nii")).toBe("/data/in.nii");
  });

  it("refuses what no runner would take", async () => {
    const runner = new DryRunner();
    const execution = runner.startExecution(METADATA);
    expect(() => execution.outputFile("../x")).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_OUTPUT_NAME" }));
    expect(() => execution.run([])).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_ARGUMENT" }));
    execution.run(["blur"]);
    await expect(execution.runAsync?.(["blur"])).rejects.toMatchObject({ code: "ERR_RUNCACHE_ORDER" });
    expect(runner.runs).toHaveLength(1);
  });
});

describe("DryRunner under the caching runner", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "runcache-dry-"))));
  afterEach(() => rmSync(dir, { recursive: true }));

  it("is served unwrapped, and caches nothing", async () => {
    const base = new DryRunner();
    const events: CacheEvent[] = [];
    const runner = new CachingRunner({
      base,
      cacheDir: join(dir, "cache"),
      onEvent: (event) => events.push(event),
    });
    runner.startExecution(METADATA).run(["blur", "missing.nii"]);
    await runner.exec({ id: "1", name: "blur" }, (io) => ["blur", io.input("missing.nii"), io.output("out.nii")]);
    expect(base.runs.map(({ cargs }) => cargs)).toEqual([
      ["blur", "missing.nii"],
      ["blur", "missing.nii", "out.nii"],
    ]);
    expect(events.map((event) => (event.type === "bypass" ? event.reason : event.type))).toEqual([
      "not-cacheable",
      "not-cacheable",
    ]);
    expect(readdirSync(dir)).toEqual([]);
  });
});
