import { spawnSync } from "node:child_process";
import { processIdentity } from "@runcache/core";
import { expect, test } from "vitest";
import { isOwnerDead, ownerLabel } from "./owner.js";

/** The label of this process with one field replaced. */
function labelWith(index: number, value: string): string {
  return ownerLabel()
    .split(":")
    .map((field, at) => (at === index ? value : field))
    .join(":");
}

test("this process is alive", () => {
  expect(ownerLabel()).toMatch(`${processIdentity().host}:${process.pid}:`);
  expect(isOwnerDead(ownerLabel())).toBe(false);
});

test("a process that has ended is dead, and so is one whose pid another one has now", () => {
  const { pid } = spawnSync("true");
  expect(isOwnerDead(labelWith(1, String(pid)))).toBe(true);
  expect(isOwnerDead(labelWith(2, "1"))).toBe(true);
});

test("a process from before the machine's start is dead", () => {
  expect(isOwnerDead(labelWith(3, "00000000-0000-0000-0000-000000000000"))).toBe(true);
});

test("of other machines and other pid namespaces nothing is known", () => {
  const { pid } = spawnSync("true");
  const dead = labelWith(1, String(pid)).split(":");
  expect(isOwnerDead(["elsewhere", ...dead.slice(1)].join(":"))).toBe(false);
  expect(isOwnerDead([...dead.slice(0, 4), "1"].join(":"))).toBe(false);
});

test.each(["", "x", "a:b:c:d:e", "host:0:1:2:3", "host:-1:1:2:3"])("%j is nobody's label", (label) => {
  expect(isOwnerDead(label)).toBe(false);
});
