import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fifo, file, makeTree, symlink } from "../../../../test/kit/make-tree.js";
import { readTree } from "../../../../test/kit/read-tree.js";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { copyOutputs } from "./copy-outputs.js";

let rig: StoreRig;
let from: string;
let to: string;

const TREE = {
  "out.txt": "content",
  "tool.sh": file("#!/bin/sh\n", { mode: 0o755 }),
  empty: {},
  sub: { deep: { "größe.bin": new Uint8Array([0, 255]) } },
  link: symlink("sub/deep"),
};

beforeEach(async () => {
  rig = await makeStoreRig();
  ({ dir: from } = await rig.store(TREE));
  to = rig.temp.join("to/there");
});

afterEach(() => rig[Symbol.asyncDispose]());

describe.each([
  ["blocking", (flow: Flow<void>) => Promise.resolve().then(() => runBlocking(flow))],
  ["not blocking", (flow: Flow<void>) => runUnblocked(flow)],
])("a copy of the outputs, %s", (_, carryOut) => {
  const copy = async (): Promise<void> => carryOut(copyOutputs(from, to));

  test("is the whole tree, without the entry's own record", async () => {
    await copy();
    expect(await readTree(to)).toEqual({
      ...TREE,
      "tool.sh": "#!/bin/sh\n",
      sub: { deep: { "größe.bin": Buffer.of(0, 255) } },
    });
  });

  test("belongs to the user: writable, executable where the tool's output was", async () => {
    writeFileSync(rig.temp.join("plain"), "");
    await copy();
    expect(statSync(join(to, "out.txt")).mode).toBe(statSync(rig.temp.join("plain")).mode); // under the umask
    accessSync(join(to, "tool.sh"), constants.X_OK);
    expect(statSync(join(to, "tool.sh")).mode & 0o200).toBe(0o200);
    expect(statSync(from).mode & 0o777).toBe(0o700);
    expect(statSync(join(from, "out.txt")).mode & 0o777).toBe(0o400);
  });

  test("replaces nothing that is there", async () => {
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, "out.txt"), "mine");
    await expect(copy()).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readTree(to)).toMatchObject({ "out.txt": "mine" });
  });

  test("goes into directories that are there", async () => {
    await makeTree(to, { sub: { deep: { mine: "mine" } } });
    await copy();
    expect(existsSync(join(to, "sub/deep/mine"))).toBe(true);
    expect(existsSync(join(to, "sub/deep/größe.bin"))).toBe(true);
  });

  test("refuses what cannot be copied", async () => {
    await makeTree(rig.temp.join("odd"), { pipe: fifo() });
    await expect(carryOut(copyOutputs(rig.temp.join("odd"), to))).rejects.toMatchObject({
      code: "ERR_RUNCACHE_EXPORT_KIND",
    });
  });
});
