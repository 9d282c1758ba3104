import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { runUnblocked } from "@runcache/core";
import { describe, expect, it } from "vitest";
import { endGroup, endLeft, groupRuns } from "./process-group.js";

/** A group whose leader has said that it is ready. */
async function startGroup(
  script: string,
): Promise<{ readonly child: ChildProcessByStdio<Writable, Readable, null>; readonly group: number }> {
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
    child.stdin.end("\n");
    await exited;
    expect(groupRuns(group)).toBe(false);
    await runUnblocked(endGroup(group, 60_000));
  });
});

describe("endLeft", () => {
  it("waits for what ends by itself", async () => {
    const { child, group } = await startGroup(
      '{ trap "exit 7" TERM; while kill -0 $$; do :; done; echo last; } 2>&- &',
    );
    const text = once(child.stdout, "data");
    child.stdin.end("\n");
    expect(await runUnblocked(endLeft(group, 60_000, 60_000))).toBeNull();
    expect(String(await text)).toBe("last\n");
  });

  it("ends what does not, and says what it was", async () => {
    const { child, group } = await startGroup("sleep 1000 &");
    const exited = once(child, "exit");
    child.stdin.end("\n");
    await exited;
    expect(await runUnblocked(endLeft(group, 60_000, 1))).toMatch(
      existsSync("/proc") ? /^process \d+ \(sleep\)$/ : /./,
    );
    expect(groupRuns(group)).toBe(false);
  });
});
