import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { selectHasher } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dir, ENTRY, file, FRAME, KEY, link } from "../../../../test/cli/bottle/forge.js";
import { symlink } from "../../../../test/kit/make-tree.js";
import { readTree } from "../../../../test/kit/read-tree.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { BOTTLE_LIMITS } from "./bottle-limits.js";
import { packBottle, type BottlePlan } from "./pack-bottle.js";
import { unpackBottle } from "./unpack-bottle.js";

const OUT = `${ENTRY}/outputs`;
const never = new AbortController().signal;

let temp: TempDir;

beforeEach(async () => {
  temp = await tempDir("pack");
});

afterEach(() => temp[Symbol.asyncDispose]());

function planOf(change: Partial<BottlePlan> = {}): BottlePlan {
  const members = [
    ...FRAME,
    dir(`${OUT}/d`),
    file(`${OUT}/d/${"n".repeat(120)}`, "deep"),
    file(`${OUT}/näme`, "x".repeat(3_000_000)),
    link(`${OUT}/link`, "näme"),
  ].map(({ member }) => member);
  const long = temp.join("source");
  writeFileSync(long, "x".repeat(3_000_000));
  return {
    name: "bottle",
    index: { bottle: 1, entries: [{ key: KEY, inputs: [] }], members },
    contentOf: (path) => (path.endsWith("näme") ? long : Buffer.from("deep")),
    ...change,
  };
}

describe("packBottle", () => {
  test("writes what can be unpacked again", async () => {
    const sizeBytes = await packBottle(temp.join("b.tar.gz"), planOf(), never);
    expect(sizeBytes).toBe(statSync(temp.join("b.tar.gz")).size);
    mkdirSync(temp.join("t"));
    const index = await unpackBottle(temp.join("b.tar.gz"), temp.join("t"), BOTTLE_LIMITS, never);
    expect(index).toMatchObject(planOf().index);
    expect(await readTree(`${temp.join("t")}/${OUT}`)).toEqual({
      d: { ["n".repeat(120)]: "deep" },
      näme: "x".repeat(3_000_000),
      link: symlink("näme"),
    });
  });

  test("gives the same bytes for the same content, whenever it was made", async () => {
    await packBottle(temp.join("a"), planOf(), never);
    const plan = planOf();
    utimesSync(temp.join("source"), 1, 1);
    await packBottle(temp.join("b"), plan, never);
    expect(readFileSync(temp.join("a")).equals(readFileSync(temp.join("b")))).toBe(true);
  });

  test.each<[string, () => void]>([
    ["grew", () => writeFileSync(temp.join("source"), "y", { flag: "a" })],
    ["shrank", () => truncateSync(temp.join("source"), 10)],
    ["has another content", () => writeFileSync(temp.join("source"), "y".repeat(3_000_000))],
  ])("makes no bottle where a file %s, and leaves what was there", async (_, change) => {
    writeFileSync(temp.join("b.tar.gz"), "old");
    const plan = planOf();
    change();
    await expect(packBottle(temp.join("b.tar.gz"), plan, never)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_BOTTLE_CONTENT",
    });
    expect(readFileSync(temp.join("b.tar.gz"), "utf8")).toBe("old");
    expect(readdirSync(temp.path).sort()).toEqual(["b.tar.gz", "source"]);
  });

  test("does not follow a link that took the place of a file, and fails where it cannot write", async () => {
    const plan = planOf();
    symlinkSync(temp.join("source"), temp.join("link"));
    const through = {
      ...plan,
      contentOf: (path: string) => (path.endsWith("näme") ? temp.join("link") : Buffer.from("deep")),
    };
    await expect(packBottle(temp.join("b"), through, never)).rejects.toMatchObject({ code: "ELOOP" });
    const nowhere = temp.join("no/b");
    await expect(packBottle(nowhere, plan, never)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_BOTTLE_WRITE",
      message: expect.stringContaining(`open '${nowhere}'`) as string,
      cause: { code: "ENOENT" },
    });
  });

  test("ends when it is told to, and leaves nothing", async () => {
    const plan = planOf();
    await expect(packBottle(temp.join("b"), plan, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(readdirSync(temp.path)).toEqual(["source"]);
  });

  test("does not compress what would unpack like a bomb", async () => {
    const zeros = Buffer.alloc(80 * 1024 * 1024);
    const path = `${OUT}/zeros`;
    const digest = selectHasher().hash(zeros);
    const member = { kind: "file", path, sizeBytes: zeros.length, digest, executable: false } as const;
    const plan = planOf({ contentOf: () => zeros });
    const index = { ...plan.index, members: [...FRAME.map((forged) => forged.member), member] };
    await packBottle(temp.join("b"), { ...plan, index }, never);
    mkdirSync(temp.join("t"));
    await unpackBottle(temp.join("b"), temp.join("t"), BOTTLE_LIMITS, never);
    expect(statSync(`${temp.join("t")}/${path}`).size).toBe(zeros.length);
  });
});
