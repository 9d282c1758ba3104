import { expect, test } from "vitest";
import { mountInput, mountOutput } from "./mounts.js";

test("an input is mounted read-only in a directory of its own, under its own name", () => {
  expect(mountInput(3, "/data/sub-01/t1.nii.gz", false)).toEqual({
    mount: { hostPath: "/data/sub-01/t1.nii.gz", containerPath: "/runcache/input/3/t1.nii.gz", readOnly: true },
    toolPath: "/runcache/input/3/t1.nii.gz",
  });
});

test("with resolveParent the parent directory is mounted, and the tool is given the file in it", () => {
  expect(mountInput(0, "/data/sub-01/t1.hdr", true)).toEqual({
    mount: { hostPath: "/data/sub-01", containerPath: "/runcache/input/0/sub-01", readOnly: true },
    toolPath: "/runcache/input/0/sub-01/t1.hdr",
  });
});

test("a file directly below the root has the root as its parent", () => {
  expect(mountInput(0, "/t1.hdr", true)).toEqual({
    mount: { hostPath: "/", containerPath: "/runcache/input/0", readOnly: true },
    toolPath: "/runcache/input/0/t1.hdr",
  });
});

test("inputs of one name, and an input below another, do not meet", () => {
  const paths = ["/a/x", "/b/x", "/b", "/b/x/y"].map((path, index) => mountInput(index, path, false).toolPath);
  expect(paths).toEqual(["/runcache/input/0/x", "/runcache/input/1/x", "/runcache/input/2/b", "/runcache/input/3/y"]);
});

test("the output directory is writable", () => {
  expect(mountOutput("/out")).toEqual({ hostPath: "/out", containerPath: "/runcache/output", readOnly: false });
});
