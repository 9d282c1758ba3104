import { expect, test } from "vitest";
import { isRootless, mappingArgs, podmanUsers } from "./userns.js";

const ROOT = { uid: 0, gid: 0 };
const SELF = { uid: 1000, gid: 100 };

test("without root, the user of this process stays the same inside, and is root where a container hands over", () => {
  expect(isRootless(SELF)).toBe(true);
  expect(mappingArgs(SELF, false)).toEqual(["--userns", "keep-id"]);
  expect(mappingArgs(SELF, true)).toEqual([]);
  expect(podmanUsers(SELF, null)).toEqual({ tool: SELF, toolMayWrite: true, selfForRoot: ROOT });
});

test("without root, no other user may write, not even root of the container", () => {
  expect(podmanUsers(SELF, 0)).toMatchObject({ tool: { uid: 0, gid: 100 }, toolMayWrite: false });
  expect(podmanUsers(SELF, 7)).toMatchObject({ tool: { uid: 7, gid: 100 }, toolMayWrite: false });
});

test("with root, users are the same on both sides anyway", () => {
  expect(isRootless(ROOT)).toBe(false);
  expect(mappingArgs(ROOT, false)).toEqual([]);
  expect(podmanUsers(ROOT, null)).toEqual({ tool: ROOT, toolMayWrite: true, selfForRoot: ROOT });
  expect(podmanUsers(ROOT, 7)).toMatchObject({ tool: { uid: 7, gid: 0 }, toolMayWrite: false });
});
