import { describe, expect, it } from "vitest";
import { openGate } from "../kit/gate.js";
import { tempDir } from "../kit/temp-dir.js";
import { startCaller, type Caller } from "./caller.js";

/** Says that it runs, with a grandchild, and does not end by itself. */
const ENDLESS = 'sleep 1000 & echo arrived >"$0/arrived"; wait; sleep 1000';

/** The same, but SIGTERM does not end it. */
const STUBBORN = `trap '' TERM; ${ENDLESS}`;

/** Has `deed` run `script`, and hands over the caller once the tool runs. */
async function whileRunning(
  deed: string,
  script: string,
  kill: (caller: Caller, arrived: () => Promise<void>) => unknown,
  graceMs = 60_000,
): Promise<void> {
  await using dir = await tempDir("death");
  using gate = await openGate(dir.path);
  const caller = await startCaller(dir.path, deed, script, String(graceMs));
  await gate.arrived();
  await kill(caller, () => gate.arrived());
  await caller.allGone;
}

describe("when the calling process dies, its tools and their children do too", { timeout: 60_000 }, () => {
  it.each<NodeJS.Signals>(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])("by %s while it blocks", async (signal) => {
    await whileRunning("run", ENDLESS, async ({ process, ended }) => {
      process.kill(signal);
      expect(await ended).toBe(signal);
    });
  });

  it.each(["runAsync", "follow"])("by SIGKILL during %s", async (deed) => {
    await whileRunning(deed, ENDLESS, async ({ process, ended }) => {
      process.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
    });
  });

  it("even where they ignore SIGTERM, after the grace", async () => {
    const graceMs = 200;
    await whileRunning("run", STUBBORN, ({ process }) => process.kill("SIGKILL"), graceMs);
  });

  it("however many they are", async () => {
    await whileRunning("many", ENDLESS, async ({ process }, arrived) => {
      await arrived();
      await arrived();
      process.kill("SIGKILL");
    });
  });

  it("where a thread of it blocks, too", async () => {
    await whileRunning("worker", ENDLESS, ({ process }) => process.kill("SIGTERM"));
  });

  it("by an exit in good order", async () => {
    await whileRunning("exit", ENDLESS, async ({ process, ended }) => {
      process.kill("SIGUSR2");
      expect(await ended).toBe(7);
    });
  });

  it("where the watcher was killed before", async () => {
    await whileRunning("widowed", ENDLESS, ({ process }) => process.kill("SIGKILL"));
  });

  it("at any moment of their start", async () => {
    for (let round = 0; round < 12; round++) {
      await whileRunning("announce", "sleep 1000", async ({ process }) => {
        for (let turns = Math.random() * 400; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        process.kill("SIGKILL");
      });
    }
  });
});

describe("when the calling process has no more to do", () => {
  it("ends, and its watcher with it", async () => {
    await whileRunning("run", 'echo arrived >"$0/arrived"', async ({ ended }) => {
      expect(await ended).toBe(0);
    });
  });
});
