import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatImageReference, isLoopback, parseImageReference } from "./image-reference.js";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("a name means what it means to the engines", () => {
  test.each([
    ["busybox", "docker.io/library/busybox:latest"],
    ["busybox:1.36", "docker.io/library/busybox:1.36"],
    ["brainlife/fsl:6.0.4-patched2", "docker.io/brainlife/fsl:6.0.4-patched2"],
    ["docker://brainlife/fsl:6.0.4", "docker.io/brainlife/fsl:6.0.4"],
    ["docker.io/library/busybox", "docker.io/library/busybox:latest"],
    ["index.docker.io/busybox", "docker.io/library/busybox:latest"],
    ["ghcr.io/org/deep/tool:v1", "ghcr.io/org/deep/tool:v1"],
    ["localhost/tool", "localhost/tool:latest"],
    ["localhost:5000/tool:1", "localhost:5000/tool:1"],
    ["[::1]:5000/tool:1", "[::1]:5000/tool:1"],
    [`tool@${DIGEST}`, `docker.io/library/tool@${DIGEST}`],
    [`quay.io/org/tool:1@${DIGEST}`, `quay.io/org/tool@${DIGEST}`],
    [DIGEST, DIGEST],
  ])("%s is %s", (name, whole) => {
    expect(formatImageReference(parseImageReference(name))).toBe(whole);
  });
});

test("what floats is told from what is pinned", () => {
  expect(parseImageReference("tool:1").kind).toBe("tag");
  expect(parseImageReference(`tool:1@${DIGEST}`).kind).toBe("digest");
  expect(parseImageReference(DIGEST).kind).toBe("id");
});

describe("no name of an image", () => {
  test.each([
    "",
    "-it",
    "--privileged",
    "Tool:1",
    "tool:",
    "tool:a b",
    "a//b",
    "/a",
    "a/",
    "tool@sha256:12",
    "a\nb",
    "a b",
    "tool:1:2",
    `a@${DIGEST}@${DIGEST}`,
    "../x",
    "$(id)",
  ])("%j", (name) => {
    expect(() => parseImageReference(name)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_IMAGE_NAME", facts: { image: name } }),
    );
  });
});

test("a whole name is read as it was written", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const whole = fc
    .tuple(fc.constantFrom("docker.io", "ghcr.io", "localhost:5000"), word, word, fc.stringMatching(/^\w[\w.-]{0,20}$/))
    .map(([registry, org, name, tag]) => `${registry}/${org}/${name}:${tag}`);
  fc.assert(
    fc.property(whole, (name) => {
      expect(formatImageReference(parseImageReference(name))).toBe(name);
    }),
  );
});

test("whatever the text, it is a name without a leading dash or white space, or an error of ours", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      try {
        expect(formatImageReference(parseImageReference(text))).toMatch(/^[^-\s][^\s]*$/);
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_RUNCACHE_IMAGE_NAME" });
      }
    }),
  );
});

test("registries of this machine are known by their names", () => {
  const loopback = (name: string): boolean => isLoopback(parseImageReference(name));
  expect(["localhost:5000/a", "127.0.0.1:5000/a", "127.1.2.3/a", "[::1]:5000/a"].map(loopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(["a", "localhost.example:5000/a", "10.127.0.1/a", DIGEST].map(loopback)).toEqual([false, false, false, false]);
});
