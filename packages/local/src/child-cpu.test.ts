import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { childCpu, cpuBetween } from "./child-cpu.js";

describe("childCpu", () => {
  it.skipIf(process.platform !== "linux")("grows by what a child used", () => {
    const before = childCpu();
    spawnSync(process.execPath, ["-e", "const end = process.cpuUsage; while (end().user < 300_000);"]);
    const usage = cpuBetween(before, childCpu());
    expect(usage?.userMs).toBeGreaterThanOrEqual(250);
    expect(usage?.systemMs).toBeGreaterThanOrEqual(0);
  });

  it("tells nothing where the system does not", () => {
    expect(cpuBetween(null, { userMs: 1, systemMs: 1 })).toBeNull();
  });
});
