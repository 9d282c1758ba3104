import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTree, type Tree } from "../../../../test/kit/make-tree.js";
import { tempDir } from "../../../../test/kit/temp-dir.js";
import { runBlocking } from "../platform/flow.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { Digests } from "./digests.js";

/** A tree, and the digest that it has for ever. */
interface Vector {
  readonly title: string;
  /** In the form of the test kit; the tree is the directory `tree`, beside it lies `outside`. */
  readonly files: Tree;
  /** The bytes that are hashed, one character each. */
  readonly preimage: string;
  readonly digest: string;
}

const golden = new URL("../../../../test/golden/tree/", import.meta.url);
const specification = readFileSync(new URL("../../KEY.md", import.meta.url), "utf8").replaceAll(/ +\|/g, " |");
const files = readdirSync(golden).filter((file) => file.endsWith(".json"));

test("there are golden trees", () => {
  expect(files.length).toBeGreaterThanOrEqual(3);
});

describe.each(files)("golden tree %s", (file) => {
  const vector = JSON.parse(readFileSync(new URL(file, golden), "utf8")) as Vector;

  test("has the digest that it always had", async () => {
    await using dir = await tempDir();
    await makeTree(dir.path, vector.files);
    expect(runBlocking(new Digests({ hasher: blake3Wasm }).tree(join(dir.path, "tree")))).toBe(vector.digest);
  });

  test("has the digest of its pre-image", () => {
    expect(blake3Wasm.hash(Buffer.from(vector.preimage, "latin1"))).toBe(vector.digest);
  });

  test("stands in KEY.md", () => {
    const name = file.replace(".json", "");
    expect(specification).toContain(
      `| [${name}](../../test/golden/tree/${file}) | ${vector.title} | \`${vector.digest}\` |`,
    );
  });
});

test("KEY.md lists no golden tree that there is not", () => {
  const listed = [...specification.matchAll(/golden\/tree\/([\w-]+\.json)\)/g)].map(([, file]) => file);
  expect(listed.toSorted()).toEqual(files.toSorted());
});
