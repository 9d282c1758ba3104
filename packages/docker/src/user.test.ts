import { describe, expect, test } from "vitest";
import { dockerUsers, mappingArgs, userMapping } from "./user.js";

const SELF = { uid: 1000, gid: 100 };

describe("what the daemon says of users", () => {
  test.each([
    [["name=seccomp,profile=default"], "none"],
    [[], "none"],
    [["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"], "rootless"],
    [["name=apparmor", "name=userns"], "remapped"],
  ] as const)("%j means %s", (options, mapping) => {
    expect(userMapping(options)).toBe(mapping);
  });
});

test("outputs belong to the user of this process, however the daemon maps users", () => {
  expect(dockerUsers("none", SELF, null)).toEqual({ tool: SELF, toolMayWrite: true, selfForRoot: SELF });
  expect(dockerUsers("remapped", SELF, null).tool).toEqual(SELF);
  expect(mappingArgs("remapped")).toEqual(["--userns", "host"]);
  const root = { uid: 0, gid: 0 };
  expect(dockerUsers("rootless", SELF, null)).toEqual({ tool: root, toolMayWrite: true, selfForRoot: root });
  expect(mappingArgs("rootless")).toEqual([]);
});

test("the user that was asked for runs the tool, in the group of this process", () => {
  expect(dockerUsers("none", SELF, 7)).toMatchObject({ tool: { uid: 7, gid: 100 }, toolMayWrite: false });
  expect(dockerUsers("none", SELF, 0)).toMatchObject({ tool: { uid: 0, gid: 100 }, toolMayWrite: true });
  expect(dockerUsers("rootless", SELF, 7)).toMatchObject({ tool: { uid: 7, gid: 0 }, toolMayWrite: false });
});
