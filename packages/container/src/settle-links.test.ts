import { mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../test/kit/temp-dir.js";
import { mountInput, mountOutput, type Mount } from "./mounts.js";
import { isSeen, settleLinks } from "./settle-links.js";

describe("settleLinks", () => {
  let temp: TempDir;
  let mounts: Mount[];

  beforeEach(async () => {
    temp = await tempDir("links");
    mkdirSync(temp.join("out/deep"), { recursive: true });
    mkdirSync(temp.join("data/tree"), { recursive: true });
    writeFileSync(temp.join("out/real"), "output");
    writeFileSync(temp.join("data/t1.nii"), "input");
    writeFileSync(temp.join("data/tree/in tree"), "in the tree");
    symlinkSync(temp.join("data/t1.nii"), temp.join("link.nii"));
    mounts = [
      mountInput(0, temp.join("data/t1.nii"), false).mount,
      mountInput(1, temp.join("data/tree"), false).mount,
      mountInput(2, temp.join("link.nii"), false).mount,
      mountOutput(temp.join("out")),
    ];
  });

  afterEach(() => temp[Symbol.asyncDispose]());

  test.each([
    ["relative inside", "real", "real", "real"],
    ["from below", "deep/l", "../real", "../real"],
    ["absolute inside", "l", "/runcache/output/real", "real"],
    ["absolute inside, from below", "deep/l", "/runcache/output/real", "../real"],
    ["out and in again", "deep/l", "../../output/real", "../real"],
    ["to the outputs themselves", "l", "/runcache/output", "."],
    ["to nothing inside", "l", "/runcache/output/none", "none"],
  ])("leaves a link that ends inside leading there, relative: %s", (_, link, text, settled) => {
    const name = link === "real" ? "l" : link;
    symlinkSync(text, temp.join(`out/${name}`));
    expect(settleLinks(mounts)).toBeNull();
    expect(readlinkSync(temp.join(`out/${name}`))).toBe(settled);
  });

  test.each([
    ["a file", "/runcache/input/0/t1.nii", "input"],
    ["a file, relative", "../input/0/t1.nii", "input"],
    ["a file in a directory", "/runcache/input/1/tree/in tree", "in the tree"],
    ["a file that was a link", "/runcache/input/2/link.nii", "input"],
  ])("lets a link to an input lead to its host path: %s", (_, text, content) => {
    symlinkSync(text, temp.join("out/l"));
    expect(settleLinks(mounts)).toBeNull();
    expect(readFileSync(temp.join("out/l"), "utf8")).toBe(content);
  });

  test.each([
    ["/etc/hostname", "/etc/hostname"],
    ["../../etc/hostname", "../../etc/hostname"],
    ["/runcache/input/7/t1.nii", "/runcache/input/7/t1.nii"],
  ])("tells of a link to what only the container had: %s", (text, shown) => {
    symlinkSync(text, temp.join("out/deep/l"));
    expect(settleLinks(mounts)).toContain(`output deep/l is a link to ${shown} in the container`);
    expect(readlinkSync(temp.join("out/deep/l"))).toBe(text);
  });

  test("tells of a link to a host path, which is another file in the container", () => {
    symlinkSync(temp.join("data/t1.nii"), temp.join("out/l"));
    expect(settleLinks(mounts)).toContain("output l is a link to");
  });

  test("follows a link through others, in the outputs and in inputs", () => {
    symlinkSync("/opt/atlas", temp.join("data/tree/leaves"));
    symlinkSync("/runcache/output/deep", temp.join("out/a"));
    symlinkSync("a/../real", temp.join("out/b"));
    expect(settleLinks(mounts)).toBeNull();
    expect(readFileSync(temp.join("out/b"), "utf8")).toBe("output");
    symlinkSync("/runcache/input/1/tree/leaves/x", temp.join("out/c"));
    expect(settleLinks(mounts)).toContain("output c is a link to /runcache/input/1/tree/leaves/x");
  });

  test("ends where links lead to one another", () => {
    symlinkSync("b", temp.join("out/a"));
    symlinkSync("/runcache/output/a", temp.join("out/b"));
    expect(settleLinks(mounts)).toBeNull();
  });

  test("keeps names that are no UTF-8", () => {
    const name = Buffer.concat([Buffer.from(temp.join("out/n")), Buffer.from([0xff])]);
    writeFileSync(name, "bytes");
    symlinkSync(Buffer.concat([Buffer.from("/runcache/output/n"), Buffer.from([0xff])]), temp.join("out/l"));
    expect(settleLinks(mounts)).toBeNull();
    expect(readFileSync(temp.join("out/l"), "utf8")).toBe("bytes");
  });
});

describe("isSeen", () => {
  test.each([
    ["a file", "t1.nii", true],
    ["a relative link beside it", "near.nii", true],
    ["a link out of the directory", "annex.nii", false],
    ["an absolute link", "absolute.nii", false],
    ["nothing", "none.nii", false],
  ])("of %s", async (_, name, seen) => {
    await using temp = await tempDir("seen");
    mkdirSync(temp.join("ds"));
    writeFileSync(temp.join("ds/t1.nii"), "x");
    writeFileSync(temp.join("k"), "x");
    symlinkSync("t1.nii", temp.join("ds/near.nii"));
    symlinkSync("../k", temp.join("ds/annex.nii"));
    symlinkSync(temp.join("ds/t1.nii"), temp.join("ds/absolute.nii"));
    const { mount, toolPath } = mountInput(0, temp.join("ds", name), true);
    expect(isSeen(mount, toolPath)).toBe(seen);
  });
});
