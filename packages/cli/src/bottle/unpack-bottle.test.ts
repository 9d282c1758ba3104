import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dir, ENTRY, file, forge, forgeTar, FRAME, link, type Forged } from "../../../../test/cli/bottle/forge.js";
import { symlink } from "../../../../test/kit/make-tree.js";
import { readTree } from "../../../../test/kit/read-tree.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { encodeIndex } from "./bottle-index.js";
import { BOTTLE_LIMITS, type BottleLimits } from "./bottle-limits.js";
import { unpackBottle } from "./unpack-bottle.js";

const OUT = `${ENTRY}/outputs`;
const SMALL: BottleLimits = { totalBytes: 1000, fileBytes: 600, members: 20, depth: 8, ratio: 200 };

let temp: TempDir;
let target: string;

beforeEach(async () => {
  temp = await tempDir("unpack");
  target = temp.join("place", "target");
  mkdirSync(target, { recursive: true });
});

afterEach(() => temp[Symbol.asyncDispose]());

const never = new AbortController().signal;
const bottle = (): string => temp.join("x.tar.gz");
const unpack = (limits = BOTTLE_LIMITS) => unpackBottle(bottle(), target, limits, never);

/** Nothing but the bottle and the directory that is thrown away. */
function expectNothingOutside(): void {
  expect(readdirSync(temp.path).sort()).toEqual(["place", "x.tar.gz"]);
  expect(readdirSync(temp.join("place"))).toEqual(["target"]);
}

const lie = (forged: Forged, header: Forged["header"]): Forged => ({ ...forged, ...(header && { header }) });

describe("unpackBottle", () => {
  test("writes files, directories and links as the index says, and nothing else", async () => {
    const members = [
      ...FRAME,
      dir(`${OUT}/d`),
      file(`${OUT}/d/tool.sh`, "#!/bin/sh\n", true),
      file(`${OUT}/empty`, ""),
      file(`${OUT}/${"long".repeat(50)}`, "long"),
      file(`${OUT}/näme`),
      link(`${OUT}/d/up`, "../empty"),
    ];
    await forge(bottle(), members);
    expect((await unpack()).members).toEqual(members.map(({ member }) => member));
    expect(await readTree(`${target}/${OUT}`)).toEqual({
      d: { "tool.sh": "#!/bin/sh\n", up: symlink("../empty") },
      empty: "",
      ["long".repeat(50)]: "long",
      näme: "content\n",
    });
    expect(statSync(`${target}/${OUT}/d/tool.sh`).mode & 0o7100).toBe(0o100);
    expect(statSync(`${target}/${OUT}/empty`).mode & 0o7111).toBe(0);
    expectNothingOutside();
  });

  test.each<[string, Forged[], string]>([
    ["a name that leads out", [file("../evil")], "PATH"],
    ["a name that leads out further in", [file(`${OUT}/../../../../evil`)], "PATH"],
    ["an absolute name", [file("/tmp/evil")], "PATH"],
    ["a drive letter", [file("C:/evil")], "PATH"],
    ["a backslash", [file(`${OUT}/..\\evil`)], "PATH"],
    ["a NUL", [file(`${OUT}/a\0b`)], "PATH"],
    ["an empty part", [file(`${OUT}//a`)], "PATH"],
    ["a dot", [file(`${OUT}/./a`)], "PATH"],
    ["half a surrogate pair", [file(`${OUT}/\ud800`)], "PATH"],
    ["a part of 256 bytes", [file(`${OUT}/${"é".repeat(128)}`)], "PATH"],
    ["a name that a bottle does not have", [file("evil.sh")], "PATH"],
    ["a second record of the entry", [file(`${ENTRY}/.runcache`)], "PATH"],
    ["a name twice", [file(`${OUT}/a`), file(`${OUT}/a`)], "PATH"],
    ["names that differ in case", [file(`${OUT}/a`), file(`${OUT}/A`)], "PATH"],
    ["names that differ in composition", [file(`${OUT}/\u00e9`), file(`${OUT}/e\u0301`)], "PATH"],
    ["names that fold to one", [file(`${OUT}/ß`), file(`${OUT}/SS`)], "PATH"],
    ["a file as a parent", [file(`${OUT}/a`), file(`${OUT}/a/b`)], "PATH"],
    ["a parent that is not there", [file(`${OUT}/a/b`)], "PATH"],
    ["a link as a parent", [link(`${OUT}/a`, "."), file(`${OUT}/a/b`)], "PATH"],
    ["a file after a link", [link(`${OUT}/a`, "."), file(`${OUT}/b`)], "PATH"],
    ["a link beside the outputs", [link(`${ENTRY}/evil`, "outputs")], "PATH"],
    ["a link instead of the script", [link("run.sh", "entries")], "PATH"],
    ["an absolute link", [link(`${OUT}/a`, "/etc/passwd")], "LINK"],
    ["a link that leads out", [link(`${OUT}/a`, "../inputs")], "LINK"],
    ["a link that leads out and back", [link(`${OUT}/a`, "../outputs")], "LINK"],
    ["links that lead out together", [dir(`${OUT}/d`), link(`${OUT}/a`, "d/b/.."), link(`${OUT}/d/b`, "..")], "LINK"],
    ["a chain of links that leads out", [link(`${OUT}/a`, "b/.."), link(`${OUT}/b`, ".")], "LINK"],
    ["links in circles", [link(`${OUT}/a`, "b"), link(`${OUT}/b`, "a")], "LINK"],
    ["a link to nothing", [link(`${OUT}/a`, "")], "LINK"],
    ["a hard link", [lie(file(`${OUT}/a`, ""), { type: "link", linkname: "/etc/passwd" })], "FORM"],
    ["a device", [lie(file(`${OUT}/a`, ""), { type: "character-device" })], "FORM"],
    ["a FIFO", [lie(file(`${OUT}/a`, ""), { type: "fifo" })], "FORM"],
    ["a link where the index says file", [lie(file(`${OUT}/a`, ""), { type: "symlink", linkname: "/etc" })], "FORM"],
    ["a name that the index does not say", [lie(file(`${OUT}/a`), { name: "bottle/../../evil" })], "FORM"],
    ["a name below another root", [lie(file(`${OUT}/a`), { name: `other/${OUT}/a` })], "FORM"],
    ["a link elsewhere than the index says", [lie(link(`${OUT}/a`, "b"), { linkname: "../../../../etc" })], "FORM"],
    ["another content", [{ ...file(`${OUT}/a`, "right\n"), content: "wrong\n" }], "CONTENT"],
    ["more content", [{ ...file(`${OUT}/a`, "right\n"), content: "right\nwrong\n" }], "FORM"],
    ["less content", [{ ...file(`${OUT}/a`, "right\n"), content: "" }], "FORM"],
  ])("refuses %s", async (_, members, fault) => {
    await forge(bottle(), [...FRAME, ...members]);
    await expect(unpack()).rejects.toMatchObject({ code: `ERR_RUNCACHE_BOTTLE_${fault}` });
    expectNothingOutside();
  });

  test.each<[string, Forged[]]>([
    ["more bytes in all", [file(`${OUT}/a`, "x".repeat(600)), file(`${OUT}/b`, "x".repeat(401))]],
    ["a larger file", [file(`${OUT}/a`, "x".repeat(601))]],
    ["more members", Array.from({ length: 17 }, (_, index) => dir(`${OUT}/${index}`))],
    [
      "a deeper path",
      ["a", "a/a", "a/a/a", "a/a/a/a", "a/a/a/a/a", "a/a/a/a/a/a"].map((path) => dir(`${OUT}/${path}`)),
    ],
  ])("refuses %s than is allowed, before anything is written", async (_, members) => {
    await forge(bottle(), [...FRAME, ...members]);
    await expect(unpack(SMALL)).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_LIMIT" });
    expect(readdirSync(target)).toEqual([]);
  });

  test("refuses members that the index does not have, and misses those that it has", async () => {
    await forge(bottle(), FRAME, { extra: [file(`${OUT}/evil`)] });
    await expect(unpack()).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_FORM" });
    target = temp.join("place", "second");
    mkdirSync(target);
    await forge(bottle(), FRAME, { missing: [file(`${OUT}/gone`)] });
    await expect(unpack()).rejects.toThrow("gone");
  });

  test("refuses what unpacks to more than the index accounts for, early", async () => {
    const tar = await forgeTar(FRAME);
    writeFileSync(bottle(), gzipSync(Buffer.concat([tar, Buffer.alloc(300 * 1024 * 1024)])));
    await expect(unpack()).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_LIMIT" });
  });

  test("refuses a bomb that its own index announces", async () => {
    const size = 80 * 1024 * 1024;
    await forge(bottle(), [...FRAME, file(`${OUT}/zeros`, "\0".repeat(size))]);
    await expect(unpack()).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_LIMIT" });
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["no archive", Buffer.from("hello")],
    ["no tar", gzipSync("hello".repeat(1000))],
    ["zeros", gzipSync(Buffer.alloc(10_240))],
  ])("refuses %s", async (_, bytes) => {
    writeFileSync(bottle(), bytes);
    await expect(unpack()).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_FORM" });
  });

  test("refuses an index of another version, one without its digest, and one that is no index", async () => {
    const good = encodeIndex({ bottle: 1, entries: [], members: [] });
    const other = encodeIndex({ bottle: 2, entries: [], members: [] } as never);
    const shape = encodeIndex({ bottle: 1, entries: [], members: [{ kind: "fifo", path: "x" }] } as never);
    const cases: [Buffer, string][] = [
      [other, "VERSION"],
      [shape, "FORM"],
      [good.subarray(1), "FORM"],
      [Buffer.concat([good, Buffer.from(" ")]), "FORM"],
    ];
    for (const [index, fault] of cases) {
      await forge(bottle(), [], { index });
      await expect(unpack()).rejects.toMatchObject({ code: `ERR_RUNCACHE_BOTTLE_${fault}` });
    }
  });

  test("refuses a bottle that is cut off anywhere", async () => {
    const content = Array.from({ length: 400 }, (_, index) => String(index * 7919)).join(" ");
    await forge(bottle(), [...FRAME, file(`${OUT}/a`, content)]);
    const whole = readFileSync(bottle());
    for (let length = 0; length < whole.length; length += 37) {
      writeFileSync(bottle(), whole.subarray(0, length));
      target = temp.join("place", `cut-${length}`);
      mkdirSync(target);
      await expect(unpack()).rejects.toMatchObject({ code: "ERR_RUNCACHE_BOTTLE_FORM" });
    }
  });

  test("with any bit flipped, refuses the archive or gives what was bottled", async () => {
    const members = [...FRAME, file(`${OUT}/a`, "some content\n"), link(`${OUT}/b`, "a")];
    const tar = await forgeTar(members);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length * 8 - 1), async (bit) => {
        const flipped = Buffer.from(tar);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        writeFileSync(bottle(), gzipSync(flipped)); // the compression's own sum would catch all of them
        target = temp.join("place", `flip-${number++}`);
        mkdirSync(target);
        try {
          await unpack();
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^ERR_RUNCACHE_BOTTLE_/);
          return;
        }
        expect(readFileSync(`${target}/${OUT}/a`, "utf8")).toBe("some content\n");
      }),
      { numRuns: 150 },
    );
    expect(readdirSync(temp.path).sort()).toEqual(["place", "x.tar.gz"]);
  });

  test("whatever names an index holds, nothing lands outside", async () => {
    const part = fc.constantFrom("..", ".", "", "a", "A", "b", "/", "\\", "\0", "é", "e\u0301", ENTRY, OUT, "link");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const forged = fc.oneof(
      path.map((name) => file(name)),
      path.map((name) => file(`${OUT}/${name}`)),
      fc.tuple(path, path).map(([name, to]) => link(`${OUT}/${name}`, to)),
    );
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(forged, { maxLength: 4 }), async (members) => {
        await forge(bottle(), [...FRAME, ...members]);
        target = temp.join("place", `names-${number++}`);
        mkdirSync(target);
        const outcome = await unpack().then(
          () => null,
          (error: unknown) => (error as { code?: string }).code,
        );
        if (outcome !== null) expect(outcome).toMatch(/^ERR_RUNCACHE_BOTTLE_/);
        expect(readdirSync(target).every((name) => ["bottle.json", "entries"].includes(name))).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(readdirSync(temp.path).sort()).toEqual(["place", "x.tar.gz"]);
  });

  test("ends when it is told to, and says what cannot be read", async () => {
    await forge(bottle(), FRAME);
    await expect(unpackBottle(bottle(), target, SMALL, AbortSignal.abort(new Error("enough")))).rejects.toThrow(
      "enough",
    );
    await expect(unpackBottle(temp.path, target, SMALL, never)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_BOTTLE_FORM",
    });
    await expect(unpackBottle(temp.join("none"), target, SMALL, never)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_BOTTLE_READ",
      cause: { code: "ENOENT" },
    });
  });
});
