import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { processIdentity, startTimeOf } from "./process-identity.js";
import { lifeOfThread, threadIdentity, type ThreadIdentity } from "./thread-identity.js";

const here = processIdentity();

/** Says where the system has its thread, and stays. */
const STAYING = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", () => {});
parentPort.postMessage(require("node:fs").readlinkSync("/proc/thread-self"));`;

describe("whether the owner of something is dead", () => {
  test("this thread is not", () => {
    expect(lifeOfThread(threadIdentity())).toBe("alive");
  });

  test.runIf(process.platform === "linux")("a thread is as soon as it ended, though its process lives", async () => {
    const worker = new Worker(STAYING, { eval: true });
    const [task] = (await once(worker, "message")) as [string];
    const thread = { id: Number(task.split("/").at(-1)), startTime: startTimeOf(task) ?? "" };
    expect(lifeOfThread({ ...here, thread })).toBe("alive");
    expect(lifeOfThread({ ...here, thread: { ...thread, startTime: "1" } })).toBe("dead");
    await worker.terminate();
    expect(lifeOfThread({ ...here, thread })).toBe("dead");
    expect(lifeOfThread({ ...here, thread, host: "elsewhere" })).toBe("unknown");
  });

  test("who names no thread, or not as we do, is the process", () => {
    const odd = [{}, { thread: null }, { thread: 7 }, { thread: { id: "7" } }] as unknown as ThreadIdentity[];
    for (const owner of odd) expect(lifeOfThread({ ...here, ...owner })).toBe("alive");
  });
});
