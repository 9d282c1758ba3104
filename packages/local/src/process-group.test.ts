import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { runUnblocked } from "@runcache/core";
import { describe, expect, it } from "vitest";
import { endGroup, groupRuns } from "./process-group.js";

/** A group whose leader has said that it is ready. */
async function startGroup(script: string): Promise<{ readonly child: ChildProcess; readonly group: number }> {
  const child = spawn("sh", ["-c", `${script}\necho ready; read -r _`], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  return { child, group: child.pid ?? 0 };
}

describe("endGroup", () => {
  it("ends a group with SIGTERM", async () => {
    const { child, group } = await startGroup("sleep 1000 &");
    const exited = once(child, "exit");
    await runUnblocked(endGroup(group, 60_000));
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(groupRuns(group)).toBe(false);
  });

  it("ends with SIGKILL what SIGTERM does not, after the grace", async () => {
    const { child, group } = await startGroup("trap '' TERM; sleep 1000 &");
    const exited = once(child, "exit");
    await runUnblocked(endGroup(group, 50));
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(groupRuns(group)).toBe(false);
  });

  it("runs the stop command, whatever ended the group", async () => {
    const { group } = await startGroup("");
    const ranAtStop: boolean[] = [];
    const look = (): void => void ranAtStop.push(groupRuns(group));
    await runUnblocked(endGroup(group, 60_000, { sync: look, async: () => Promise.resolve().then(look) }));
    expect(ranAtStop).toEqual([false]);
  });

  it("runs the stop command while what ignores SIGTERM still runs", async () => {
    const { child, group } = await startGroup("trap '' TERM");
    const exited = once(child, "exit");
    const ranAtStop: boolean[] = [];
    const look = (): void => void ranAtStop.push(groupRuns(group));
    await runUnblocked(endGroup(group, 50, { sync: look, async: () => Promise.resolve().then(look) }));
    expect(ranAtStop).toEqual([true]);
    expect(await exited).toEqual([null, "SIGKILL"]);
  });

  it("does nothing to a group that has ended", async () => {
    const { child, group } = await startGroup("");
    const exited = once(child, "exit");
    child.stdin?.end("\n");
    await exited;
    expect(groupRuns(group)).toBe(false);
    await runUnblocked(endGroup(group, 60_000));
  });
});
