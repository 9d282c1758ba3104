import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { LockClient } from "./lock-client.js";
import type { LockAnswer, LockRequest } from "./lock-messages.js";

const LOCK: LockRequest = { op: "lock", path: "/nowhere/lock" };
/** Does not look at messages, as one that is stuck on a file server that hangs. */
const WEDGED = "for (;;);";
/** Answers by message, and says in shared memory that it did. */
const PROMPT = `
const { parentPort, workerData } = require("node:worker_threads");
parentPort.on("message", ({ id }) => {
  parentPort.postMessage({ id, answer: "done" });
  Atomics.store(workerData, 0, 1);
  Atomics.notify(workerData, 0);
});`;

/** Warnings of all tests of this file. */
const warnings: unknown[] = [];

beforeAll(() => {
  vi.spyOn(process, "emitWarning").mockImplementation((_, options) => void warnings.push(options));
});
afterAll(() => void vi.restoreAllMocks());

describe("a worker that does not answer", () => {
  test.each<[string, (client: LockClient) => LockAnswer | Promise<LockAnswer>]>([
    ["ask", (client) => client.ask(LOCK)],
    ["askBlocking", (client) => client.askBlocking(LOCK)],
  ])("fails %s in time, is ended, and is not asked again", async (_, ask) => {
    const worker = new Worker(WEDGED, { eval: true });
    const ended = once(worker, "exit");
    const client = new LockClient(worker, 50);
    expect(await ask(client)).toBe("failed");
    await ended;
    const post = vi.spyOn(worker, "postMessage");
    client.hold({ dir: "/nowhere", lock: null })();
    expect([await client.ask(LOCK), client.askBlocking(LOCK)]).toEqual(["failed", "failed"]);
    expect(post).not.toHaveBeenCalled();
  });

  test("is warned of once in a process", () => {
    for (let round = 0; round < 2; round++) new LockClient(new Worker(WEDGED, { eval: true }), 1).askBlocking(LOCK);
    expect(warnings).toEqual([{ type: "RuncacheWarning", code: "RUNCACHE_LOCKS" }]);
  });
});

test("an answer that came while this thread was busy for longer than the time to answer counts", async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(PROMPT, { eval: true, workerData: answered });
  const client = new LockClient(worker, 1);
  const answer = client.ask(LOCK);
  expect(Atomics.wait(answered, 0, 0, 30_000)).not.toBe("timed-out");
  expect(await answer).toBe("done");
  await worker.terminate();
});
