import { describe, expect, it } from "vitest";
import { LineSink } from "./line-sink.js";

describe("LineSink", () => {
  it("gives each handler the lines of its own stream, the last partial ones at the end", () => {
    const out: string[] = [];
    const err: string[] = [];
    const sink = new LineSink(
      (line) => out.push(line),
      (line) => err.push(line),
    );
    sink.stdout?.(Buffer.from("a\nb"));
    sink.stderr?.(Buffer.from("x\ny"));
    expect([out, err]).toEqual([["a"], ["x"]]);
    sink.end();
    expect([out, err]).toEqual([
      ["a", "b"],
      ["x", "y"],
    ]);
  });

  it("takes nothing where nobody listens", () => {
    const sink = new LineSink(undefined, undefined);
    expect([sink.stdout, sink.stderr]).toEqual([undefined, undefined]);
    sink.end();
  });

  it("calls a handler no more once it threw, goes on with the other, and throws at the end", () => {
    const failure = new Error("handler");
    let calls = 0;
    const err: string[] = [];
    const sink = new LineSink(
      () => {
        calls++;
        throw failure;
      },
      (line) => err.push(line),
    );
    sink.stdout?.(Buffer.from("a\nb\n"));
    sink.stderr?.(Buffer.from("x\n"));
    expect(() => sink.end()).toThrow(failure);
    expect(calls).toBe(1);
    expect(err).toEqual(["x"]);
  });
});
