import { describe, expect, test } from "vitest";
import { parseSource } from "./image-source.js";

describe("files", () => {
  test.each(["/images/a.sif", "/images/a", "./a", "../a", "a.sif", "dir/a b.sif", "/with:colon@x"])("%s", (path) => {
    expect(parseSource(path)).toEqual({ kind: "file", path });
  });
});

describe("registries", () => {
  test.each([
    ["brainlife/fsl:6.0.4", "docker://docker.io/brainlife/fsl:6.0.4"],
    ["docker://busybox", "docker://docker.io/library/busybox:latest"],
    ["ghcr.io/org/tool:1", "docker://ghcr.io/org/tool:1"],
    ["oras://ghcr.io/org/tool:1", "oras://ghcr.io/org/tool:1"],
    ["library://org/tool:1", "library://org/tool:1"],
  ])("%s", (name, uri) => {
    expect(parseSource(name)).toEqual({ kind: "registry", uri });
  });
});

describe("neither", () => {
  test.each(["", "-a.sif", "--help", "http://a/b", "file:///a.sif", `sha256:${"a".repeat(64)}`])("%j", (name) => {
    expect(() => parseSource(name)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_IMAGE_NAME" }));
  });
});
