import { describe, expect, it, vi } from "vitest";
import type { CacheEvent } from "../types/event.js";
import { Reporter } from "./reporter.js";

const hit = { type: "hit", tool: "demo/blur", key: "0".repeat(64), outputDir: "/x", savedMs: 20 } as CacheEvent;

describe("Reporter", () => {
  it("counts every outcome and the time that hits saved", () => {
    const reporter = new Reporter(undefined);
    reporter.emit(hit);
    reporter.emit(hit);
    reporter.emit({ type: "bypass", tool: "demo/blur", reason: "scope" });
    expect(reporter.counters()).toMatchObject({ hit: 2, bypass: 1, miss: 0, savedMs: 40 });
  });

  it("warns once a cause, and emits an event each time", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const events: CacheEvent[] = [];
    const reporter = new Reporter((event) => void events.push(event));
    for (const about of ["reporter.test/a", "reporter.test/a", "reporter.test/b"]) {
      reporter.trouble("RUNCACHE_TEST", about, "trouble");
    }
    expect(events).toHaveLength(3);
    expect(warn.mock.calls).toEqual([
      ["trouble", { type: "RuncacheWarning", code: "RUNCACHE_TEST" }],
      ["trouble", { type: "RuncacheWarning", code: "RUNCACHE_TEST" }],
    ]);
    warn.mockRestore();
  });

  it("lets no listener fail a run", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const reporter = new Reporter(() => {
      throw new Error("listener");
    });
    expect(() => reporter.emit(hit)).not.toThrow();
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});
