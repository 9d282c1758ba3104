import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { isDeadHere, processIdentity } from "./process-identity.js";

const here = processIdentity();

describe("whether the owner of something is dead", () => {
  test("this process is not", () => {
    expect(isDeadHere(here)).toBe(false);
  });

  test("a process that ended is", () => {
    const { pid } = spawnSync("true");
    expect(isDeadHere({ ...here, pid })).toBe(true);
  });

  test.runIf(here.startTime !== null)("one whose pid another process has now is", () => {
    expect(isDeadHere({ ...here, startTime: "1" })).toBe(true);
  });

  test.runIf(here.machineId)("one from before this machine's last start is", () => {
    expect(isDeadHere({ ...here, bootId: "another" })).toBe(true);
  });

  test("nothing is known of another machine, even of one with the same name", () => {
    const { pid } = spawnSync("true");
    expect(isDeadHere({ ...here, pid, host: "elsewhere" })).toBe(false);
    expect(isDeadHere({ ...here, pid, machineId: "another", bootId: "another" })).toBe(false);
  });

  test("nothing is known of a process that counts pids in a container of its own", () => {
    const { pid } = spawnSync("true");
    expect(isDeadHere({ ...here, pid, pidNamespace: "pid:[1]" })).toBe(false);
  });

  test("who does not say in which container it ran has compared that already", () => {
    const { pid } = spawnSync("true");
    const { host, startTime, bootId } = here;
    expect(isDeadHere({ host, pid, startTime, bootId })).toBe(true);
  });
});
