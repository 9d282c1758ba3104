import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { fileDigest, type FileDigest } from "./file-digest.js";
import type { InputPath } from "./input-path.js";
import { treeDigest } from "./tree-digest.js";

const hasher = blake3Wasm;

function* readFiles(paths: readonly InputPath[]): Flow<FileDigest[]> {
  const digests: FileDigest[] = [];
  for (const path of paths) digests.push(yield* fileDigest(path, { hasher, noFollow: true }));
  return digests;
}

const digest = (root: string): string => runBlocking(treeDigest(root, { hasher, readFiles }));

describe("the digest of a tree", () => {
  test("is that of the bytes that KEY.md describes", async () => {
    const root = makeTree({ "b/in.txt": "x", "b-c": "y", empty: null, "l ä": { link: "b/in.txt" } });
    chmodSync(join(root, "b-c"), 0o700);
    const framed = (text: string | Buffer): Buffer => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(Buffer.from(text).length));
      return Buffer.concat([length, Buffer.from(text)]);
    };
    const expected = hasher.hash(
      Buffer.concat([
        Buffer.from("runcache tree 1\n"),
        ...[Buffer.from("x"), framed("b-c"), framed(hasher.hash(Buffer.from("y")))],
        ...[Buffer.from("f"), framed("b/in.txt"), framed(hasher.hash(Buffer.from("x")))],
        ...[Buffer.from("d"), framed("empty")],
        ...[Buffer.from("l"), framed("l ä"), framed("b/in.txt")],
      ]),
    );
    expect(digest(root)).toBe(expected);
    expect(await runUnblocked(treeDigest(root, { hasher, readFiles }))).toBe(expected);
  });

  test("is that of an empty directory where there is nothing", () => {
    expect(digest(makeTree({}))).toBe(hasher.hash(Buffer.from("runcache tree 1\nd\0\0\0\0\0\0\0\0")));
  });

  test("does not depend on where the tree is, nor on times, nor on other permissions", () => {
    const tree: Tree = { "a/b": "1", c: "2", d: { link: "a/b" } };
    const one = makeTree(tree);
    const other = join(makeTree({}), "elsewhere");
    cpSync(one, other, { recursive: true, verbatimSymlinks: true });
    utimesSync(join(other, "c"), 1, 1);
    chmodSync(join(other, "c"), 0o400);
    chmodSync(join(other, "a"), 0o755);
    expect(digest(other)).toBe(digest(one));
  });

  test("does not tell whether files are hard links to one another, or how the root was named", () => {
    const root = makeTree({ a: "1", b: "1" });
    const linked = makeTree({ a: "1" });
    linkSync(join(linked, "a"), join(linked, "b"));
    expect(digest(linked)).toBe(digest(root));
    const alias = join(makeTree({}), "alias");
    symlinkSync(root, alias);
    expect(digest(alias)).toBe(digest(root));
  });

  test("changes with every change of names, contents, kinds and the owner's right to execute", () => {
    const digests = [
      { a: "1", b: "2" },
      { a: "2", b: "1" },
      { a: "1", c: "2" },
      { a: "1" },
      { a: "1", b: "2", c: "" },
      { a: "1", b: "2", c: null },
      { a: "1", "b/b": "2" },
      { a: "1", b: { link: "a" } },
      { a: "1", b: { link: "./a" } },
      { "a/1": "b", "2": "" },
      { "a1": "b2" },
    ].map((tree) => digest(makeTree(tree as Tree))); // prettier-ignore
    const executable = makeTree({ a: "1", b: "2" });
    chmodSync(join(executable, "a"), 0o744);
    digests.push(digest(executable));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("tells names apart that are not valid UTF-8", () => {
    const names = [Buffer.from([0x66, 0xff]), Buffer.from([0x66, 0xfe]), Buffer.from("f\ufffd")];
    const digests = names.map((name) => {
      const root = makeTree({});
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), "x");
      return digest(root);
    });
    expect(new Set(digests).size).toBe(3);
  });

  test("differs for any two different trees", () => {
    const name = fc.constantFrom("a", "b", "a-", "a/a", "a/b", "b/a/a", "é");
    const node = fc.oneof(
      fc.constantFrom("", "1", "2"),
      fc.constantFrom("a", "b").map((link) => ({ link })),
    );
    const tree = fc.dictionary(name, node, { maxKeys: 4 }).filter(noFileIsADirectory);
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const same = JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        expect(digest(makeTree(one)) === digest(makeTree(other))).toBe(same);
      }),
      { numRuns: 150 },
    );
  });

  test("sockets, FIFOs and devices are refused by name", () => {
    const root = makeTree({ "a/b": "" });
    execFileSync("mkfifo", [join(root, "a/fifo")]);
    expect(() => digest(root)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_KIND", path: join(root, "a/fifo") }),
    );
  });

  test("a missing root is refused", () => {
    expect(() => digest("/nonexistent/tree")).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_MISSING" }));
  });
});

describe("links", () => {
  test("that stay in the tree count as their text, whether they reach something or not", () => {
    const tree: Tree = {
      "a/b": "1",
      "a/up": { link: "../c" },
      c: "2",
      loop: { link: "loop" },
      none: { link: "a/x/y" },
    };
    const [one, other] = [makeTree(tree), makeTree(tree)];
    expect(digest(one)).toBe(digest(other));
    writeFileSync(join(one, "a/b"), "changed");
    expect(digest(one)).not.toBe(digest(other));
  });

  test("that leave the tree count with the content that they lead to", () => {
    const outside = makeTree({ file: "1", "dir/a": "1" });
    const root = makeTree({ f: { link: join(outside, "file") }, d: { link: join(outside, "dir") } });
    const seen = [digest(root)];
    writeFileSync(join(outside, "file"), "2");
    seen.push(digest(root));
    chmodSync(join(outside, "file"), 0o700);
    seen.push(digest(root));
    writeFileSync(join(outside, "dir/a"), "2");
    seen.push(digest(root));
    rmSync(join(outside, "file"));
    seen.push(digest(root));
    mkdirSync(join(outside, "file"));
    seen.push(digest(root));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("that leave the tree at some step on the way count as leaving", () => {
    const outside = makeTree({ hop: { link: "nowhere" } });
    const root = makeTree({ a: "1", b: "2", link: { link: join(outside, "hop") } });
    const retarget = (name: string): string => {
      rmSync(join(outside, "hop"));
      symlinkSync(join(root, name), join(outside, "hop"));
      return digest(root);
    };
    expect(retarget("a")).not.toBe(retarget("b"));
  });

  test("with an absolute text into their own tree stay in it", () => {
    const root = makeTree({ a: "1" });
    symlinkSync(join(root, "a"), join(root, "link"));
    const before = digest(root);
    rmSync(join(root, "link"));
    symlinkSync(`${dirname(root)}/./${root.slice(dirname(root).length + 1)}/a`, join(root, "link"));
    expect(digest(root)).not.toBe(before);
  });

  test("from tree to tree and back come to an end", () => {
    const parent = makeTree({ "one/a": "1", "one/up": { link: ".." }, "two/b": "2" });
    symlinkSync("../two", join(parent, "one/next"));
    symlinkSync("../one", join(parent, "two/next"));
    const before = digest(join(parent, "one"));
    writeFileSync(join(parent, "two/b"), "3");
    const after = digest(join(parent, "one"));
    expect(after).not.toBe(before);
    renameSync(join(parent, "two"), join(parent, "three"));
    expect(digest(join(parent, "one"))).not.toBe(after);
  });

  test("through too many directories are refused", () => {
    const parent = makeTree({});
    for (let index = 0; index < 50; index++) {
      mkdirSync(join(parent, `${index}`));
      symlinkSync(`../${index + 1}`, join(parent, `${index}/next`));
    }
    mkdirSync(join(parent, "50"));
    expect(() => digest(join(parent, "0"))).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_LINKS" }));
    expect(digest(join(parent, "20"))).toMatch(/^b3:/);
  });

  test("to something that cannot be read are refused by the link's name", () => {
    const root = makeTree({ zero: { link: "/dev/zero" } });
    expect(() => digest(root)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_KIND", path: join(root, "zero") }),
    );
  });
});

describe("what runcache itself puts into directories", () => {
  test("the records of an entry do not count where the entry is the root, and do elsewhere", () => {
    const entry = makeTree({ out: "1" });
    const plain = digest(entry);
    mkdirSync(join(entry, ".runcache"));
    writeFileSync(join(entry, ".runcache/manifest.json"), "{}");
    expect(digest(entry)).toBe(plain);
    const holder = makeTree({ "entry/out": "1" });
    const held = digest(holder);
    cpSync(join(entry, ".runcache"), join(holder, "entry/.runcache"), { recursive: true });
    expect(digest(holder)).not.toBe(held);
  });

  test("a .runcache that is none of an entry counts like any other", () => {
    const root = makeTree({ out: "1" });
    const plain = digest(root);
    writeFileSync(join(root, ".runcache"), "mine");
    expect(digest(root)).not.toBe(plain);
  });

  test("a bump does not count anywhere", () => {
    const root = makeTree({ "d/out": "1", empty: null });
    const plain = digest(root);
    for (const directory of ["", "d", "empty"]) writeFileSync(join(root, directory, ".runcache.bump"), "");
    expect(digest(root)).toBe(plain);
  });

  test.each(["", "deep/down"])("a cache root at %j in the tree is refused", (place) => {
    const root = makeTree({ "deep/down/a": "1" });
    writeFileSync(join(root, place, ".runcache.json"), "{}");
    expect(digest(root)).toMatch(/^b3:/);
    writeFileSync(join(root, place, "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55");
    expect(() => digest(root)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_CACHE" }));
  });
});

/** Path → content, null for an empty directory, or the text of a link. */
interface Tree {
  readonly [path: string]: string | null | { readonly link: string };
}

function makeTree(tree: Tree): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "runcache-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, node] of Object.entries(tree)) {
    const place = join(root, path);
    mkdirSync(node === null ? place : dirname(place), { recursive: true });
    if (typeof node === "string") writeFileSync(place, node);
    else if (node !== null) symlinkSync(node.link, place);
  }
  return root;
}

function noFileIsADirectory(tree: Tree): boolean {
  const paths = Object.keys(tree);
  return !paths.some((path) => paths.some((other) => other.startsWith(`${path}/`)));
}
