import { describe, expect, it } from "vitest";
import { ToolError } from "../types/errors.js";
import { Flights } from "./flights.js";

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((one, other) => ((resolve = one), (reject = other)));
  return { promise, resolve, reject };
}

const nothing = (): undefined => undefined;

describe("Flights", () => {
  it("lets equal calls share one run", async () => {
    const flights = new Flights();
    const run = deferred<string>();
    let led = 0;
    const lead = (): Promise<string> => (led++, run.promise);
    const calls = [0, 1, 2].map(() => flights.join("a", lead, () => "shared", undefined));
    expect(flights.busy).toBe(true);
    run.resolve("ran");
    expect(await Promise.all(calls)).toEqual(["ran", "shared", "shared"]);
    expect(led).toBe(1);
    expect(flights.busy).toBe(false);
  });

  it("lets a blocking run wait for other processes, but none inside another run", async () => {
    const flights = new Flights();
    const nested = flights.block((mayWait) => [mayWait, flights.block((inner) => inner)]);
    expect(nested).toEqual([true, false]);
    expect(flights.busy).toBe(false);
    const run = deferred<string>();
    const leader = flights.join("a", () => run.promise, nothing, undefined);
    expect(flights.block((mayWait) => mayWait)).toBe(false);
    run.resolve("ran");
    await leader;
    expect(flights.block((mayWait) => mayWait)).toBe(true);
  });

  it("keeps different calls apart", async () => {
    const flights = new Flights();
    const answers = ["a", "b"].map((id) => flights.join(id, () => Promise.resolve(id), nothing, undefined));
    expect(await Promise.all(answers)).toEqual(["a", "b"]);
  });

  it("gives the turn to one waiter after another where the leader left nothing to share", async () => {
    const flights = new Flights();
    let running = 0;
    let most = 0;
    const lead = async (): Promise<number> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      return running--;
    };
    await Promise.all([0, 1, 2].map(() => flights.join("a", lead, nothing, undefined)));
    expect(most).toBe(1);
  });

  it("hands over to exactly one waiter where the leader was aborted", async () => {
    const flights = new Flights();
    const first = deferred<string>();
    let led = 0;
    const lead = (): Promise<string> => (++led === 1 ? first.promise : Promise.resolve("second leader"));
    const abort = new AbortController();
    const calls = [abort.signal, undefined, undefined].map((signal) => flights.join("a", lead, () => "shared", signal));
    const settled = Promise.allSettled(calls);
    abort.abort();
    first.reject(new Error("aborted"));
    expect((await settled).map((end) => (end.status === "fulfilled" ? end.value : String(end.reason)))).toEqual([
      "Error: aborted",
      "second leader",
      "shared",
    ]);
    expect(led).toBe(2);
  });

  it("lets a tool's failure reach all", async () => {
    const flights = new Flights();
    const failure = new ToolError({ commandArgs: ["x"], exitCode: 1, signal: null, stdoutTail: [], stderrTail: [] });
    const calls = [0, 1].map(() => flights.join("a", () => Promise.reject(failure), nothing, undefined));
    for (const end of await Promise.allSettled(calls)) expect(end).toEqual({ status: "rejected", reason: failure });
  });

  it("lets a waiter go when its own signal is aborted, and leaves the leader alone", async () => {
    const flights = new Flights();
    const run = deferred<string>();
    const abort = new AbortController();
    const leader = flights.join("a", () => run.promise, nothing, undefined);
    const waiter = flights.join("a", () => run.promise, nothing, abort.signal);
    abort.abort(new Error("no patience"));
    await expect(waiter).rejects.toThrow("no patience");
    run.resolve("ran");
    expect(await leader).toBe("ran");
  });
});
