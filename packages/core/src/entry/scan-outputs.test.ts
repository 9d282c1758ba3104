import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fifo, file, makeTree, symlink, type Tree } from "../../../../test/kit/make-tree.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { runBlocking, runUnblocked } from "../platform/flow.js";
import { scanOutputs, type ScannedOutput } from "./scan-outputs.js";

const MODES = { directory: 0o2770, file: 0o440 };

let temp: TempDir;
let out: string;

beforeEach(async () => {
  temp = await tempDir("scan");
  out = temp.join("out");
  mkdirSync(out);
});

afterEach(() => temp[Symbol.asyncDispose]());

const scan = (entryDir = "/cache/entry"): ScannedOutput[] => runBlocking(scanOutputs(out, entryDir, MODES));

const mode = (name: string): string => (lstatSync(`${out}/${name}`).mode & 0o7777).toString(8);

describe("outputs", () => {
  const TREE: Tree = {
    "b.txt": "b",
    "run.sh": file("x", { mode: 0o711 }),
    a: { "deep.txt": "1", "a-b": {} },
    "a-c": "c",
  };

  test.skipIf(process.getuid?.() !== 0)("belong to the group of a shared cache, whatever group they had", async () => {
    chownSync(out, 0, 4242);
    await makeTree(out, TREE);
    for (const name of ["b.txt", "a", "a/deep.txt"]) chownSync(`${out}/${name}`, 0, 1717);
    scan();
    expect(["b.txt", "a", "a/deep.txt"].map((name) => lstatSync(`${out}/${name}`).gid)).toEqual([4242, 4242, 4242]);
  });

  test("are listed whole, a directory before what is in it, blocking or not", async () => {
    await makeTree(out, TREE);
    const found = scan();
    expect(found.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      "dir a",
      "file a-c",
      "dir a/a-b",
      "file a/deep.txt",
      "file b.txt",
      "file run.sh",
    ]);
    expect(await runUnblocked(scanOutputs(out, "/cache/entry", MODES))).toEqual(found);
  });

  test("get the permissions of the cache, whatever the tool gave them; setuid and setgid go", async () => {
    await makeTree(out, { ...TREE, "own.txt": file("x", { mode: 0o600 }) });
    chmodSync(`${out}/b.txt`, 0o6777);
    scan();
    const modes = ["own.txt", "b.txt", "run.sh", "a", "a/deep.txt"].map(mode);
    expect(modes).toEqual(["440", "550", "550", "2770", "440"]);
  });

  test("that are hard links become copies: the other name keeps content and mode", async () => {
    writeFileSync(temp.join("mine"), "mine", { mode: 0o644 });
    linkSync(temp.join("mine"), `${out}/linked`);
    await makeTree(out, { one: "1" });
    linkSync(`${out}/one`, `${out}/two`);
    scan();
    expect(statSync(temp.join("mine")).mode & 0o777).toBe(0o644);
    for (const name of ["linked", "one", "two"]) expect(lstatSync(`${out}/${name}`).nlink).toBe(1);
    writeFileSync(temp.join("mine"), "changed");
    expect(readFileSync(`${out}/linked`, "utf8")).toBe("mine");
    expect(readdirSync(out).sort()).toEqual(["linked", "one", "two"]);
  });

  test("are none where the tool removed the directory that it stood in", () => {
    rmdirSync(out);
    expect(scan()).toEqual([]);
    expect(statSync(out).isDirectory()).toBe(true);
  });
});

describe("a link", () => {
  const link = (path: string): ScannedOutput | undefined => scan().find((output) => output.path === path);

  test.each([
    ["to a sibling", "b.txt", "b.txt"],
    ["to a directory above", "..", ".."],
    ["through another link", "hop/b.txt", "hop/b.txt"],
    ["to itself by a detour", "../sub/../b.txt", "../sub/../b.txt"],
  ])("inside the outputs stays as it is: %s", async (_, target, expected) => {
    await makeTree(out, { "b.txt": "b", sub: { "b.txt": "b", hop: symlink("."), link: symlink(target) } });
    expect(link("sub/link")).toEqual({ kind: "link", path: "sub/link", target: expected });
  });

  test("that names the outputs absolutely is rewritten, so that it holds when they have moved", async () => {
    await makeTree(out, {
      "b.txt": "b",
      sub: { dir: {}, a: symlink(`${out}/b.txt`), d: symlink(`${out}/sub/dir`), r: symlink(out) },
    });
    symlinkSync(out, temp.join("alias"));
    symlinkSync(`${temp.join("alias")}/b.txt`, `${out}/sub/alias`);
    const targets = scan().flatMap((output) => (output.kind === "link" ? [[output.path, output.target]] : []));
    expect(targets).toEqual([
      ["sub/a", "../b.txt"],
      ["sub/alias", "../b.txt"],
      ["sub/d", "dir"],
      ["sub/r", ".."],
    ]);
    renameSync(out, temp.join("moved"));
    expect(readFileSync(temp.join("moved/sub/a"), "utf8")).toBe("b");
    expect(readFileSync(temp.join("moved/sub/alias"), "utf8")).toBe("b");
  });

  test("that leaves the outputs and comes back is rewritten too", async () => {
    await makeTree(out, {
      "b.txt": "b",
      sub: { hop: symlink(".."), back: symlink("../../out/b.txt"), via: symlink("hop/../out/b.txt") },
    });
    scan();
    renameSync(out, temp.join("moved"));
    for (const name of ["back", "via"]) {
      expect(readlinkSync(temp.join("moved/sub", name))).toBe("../b.txt");
      expect(readFileSync(temp.join("moved/sub", name), "utf8")).toBe("b");
    }
  });

  test("to a file outside is replaced by its content", async () => {
    writeFileSync(temp.join("input"), "input", { mode: 0o755 });
    await makeTree(out, { a: symlink(temp.join("input")), b: symlink("a"), c: symlink("../input") });
    const found = scan();
    for (const path of ["a", "c"]) {
      expect(found).toContainEqual({ kind: "file", path, mode: 0o550 });
      expect(lstatSync(`${out}/${path}`).isFile()).toBe(true);
    }
    expect(readFileSync(`${out}/b`, "utf8")).toBe("input");
    expect(statSync(temp.join("input")).mode & 0o777).toBe(0o755);
  });

  test.each<[string, Tree]>([
    ["that dangles", { l: symlink("nothing") }],
    ["that dangles outside", { l: symlink("/nowhere/at/all") }],
    ["that loops", { l: symlink("m"), m: symlink("l") }],
    ["to a directory outside", { l: symlink("/usr") }],
    ["to a device", { l: symlink("/dev/null") }],
  ])("%s is refused", async (_, tree) => {
    await makeTree(out, tree);
    expect(scan).toThrow(
      expect.objectContaining({
        name: "OutputRefused",
        message: expect.stringMatching(/output l is a link/) as string,
      }),
    );
  });

  test("never leads out of an entry that has moved, however links are chained", async () => {
    const names = ["a", "b", "sub/c", "sub/d", "sub/deep/e"];
    const target = fc.constantFrom(
      "a",
      "b",
      "..",
      "../..",
      "sub",
      "../a",
      "../../out/a",
      "c",
      "deep/..",
      ".",
      "../sub/deep",
      "x.txt",
      "../x.txt",
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(target, { minLength: 5, maxLength: 5 }), async (targets) => {
        out = temp.join(String(round++), "out");
        await makeTree(out, { "x.txt": "inside", sub: { deep: {} } });
        names.forEach((name, index) => symlinkSync(targets[index] as string, `${out}/${name}`));
        let found: ScannedOutput[];
        try {
          found = scan();
        } catch (error) {
          expect(error).toMatchObject({ name: "OutputRefused" });
          return;
        }
        const moved = temp.join(`moved${round}`);
        renameSync(out, moved);
        for (const { kind, path } of found) {
          if (kind !== "link") continue;
          expect(execFileSync("realpath", [`${moved}/${path}`], { encoding: "utf8" }).startsWith(moved)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("what no entry can hold is refused", () => {
  test("a FIFO, without waiting for a writer", async () => {
    await makeTree(out, { pipe: fifo() });
    expect(scan).toThrow(/output pipe is a FIFO/);
  });

  test("a name that is not UTF-8", () => {
    writeFileSync(Buffer.concat([Buffer.from(`${out}/`), Buffer.from([0x66, 0xff, 0xfe])]), "x");
    expect(scan).toThrow(/not valid UTF-8/);
  });

  test.each([".runcache", "sub/.runcache.bump"])("the reserved name %s", async (name) => {
    await makeTree(out, { [name]: "x" });
    expect(scan).toThrow(/reserved/);
  });

  test("a path that is too long for its place", async () => {
    await makeTree(out, { "out.txt": "x" });
    expect(() => scan(`/${"x".repeat(4090)}`)).toThrow(/too long/);
  });

  test("an output directory that the tool replaced by a link", () => {
    rmdirSync(out);
    symlinkSync("/usr", out);
    expect(scan).toThrow(/replaced its output directory/);
    expect(lstatSync(out).isSymbolicLink()).toBe(true);
  });
});
