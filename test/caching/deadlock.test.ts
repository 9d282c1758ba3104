import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openGate } from "../kit/gate.js";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

test("a synchronous run does not wait for an asynchronous run of its own thread, not even of another runner", async () => {
  using gate = await openGate(rig.temp.join("gate"));
  const cargs = (file: string): string[] => [rig.tool.path, "--gate", gate.dir, "--copy", file, "out.txt"];
  const [first, second] = [rig.runner(), rig.runner()].map((runner) => runner.startExecution(METADATA));
  if (first === undefined || second === undefined || !("runAsync" in first)) throw new Error("no execution");
  const file = rig.temp.join("data/in.txt");
  const argv = [first, second].map((execution) => cargs(execution.inputFile(file)));
  const [early = "", late = ""] = [first, second].map((execution) => execution.outputFile("out.txt"));
  const flight = (first as { runAsync(cargs: string[]): Promise<unknown> }).runAsync(argv[0] ?? []);
  await gate.arrived(); // the asynchronous run holds the lock of the key
  gate.release();
  gate.release();
  second.run(argv[1] ?? []); // blocks the thread that would have to end the flight
  await flight;
  expect([early, late].map((path) => readFileSync(path, "utf8"))).toEqual(["one\n", "one\n"]);
  expect(await rig.tool.count()).toBe(2);
});
