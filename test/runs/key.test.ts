import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { jcs, openCache, selectHasher } from "@runcache/core";
import type { Params } from "@runcache/runs";
import { expect, test } from "vitest";
import { makeRunsRig } from "./rig.js";

const KEY_MD = new URL("../../packages/runs/KEY.md", import.meta.url);

/** The blocks of the section "A key in full", by what they show. */
function vector() {
  const [, section = ""] = readFileSync(KEY_MD, "utf8").split("\n## A key in full\n");
  const [own = ""] = section.split("\n## ");
  const blocks = [...own.matchAll(/^```text\n(.*)\n```$/gm)].map(([, text = ""]) => text);
  expect(blocks).toHaveLength(6);
  const [params = "", normalised = "", keyText = "", id = "", replicateText = "", replicateId = ""] = blocks;
  return { params, normalised, keyText, id, replicateText, replicateId };
}

/** What `b3sum` prints. */
const b3sum = (text: string): string => selectHasher().hash(Buffer.from(text)).replace("b3:", "");

test("the key that KEY.md shows in full is that of the run, and can be recomputed from the page", async () => {
  const { params, normalised, keyText, id, replicateText, replicateId } = vector();
  await using rig = await makeRunsRig();
  const store = rig.open({ name: "decay", version: "1" });
  const given = runInNewContext(`(${params})`) as Params;
  const record = await store.runOrRetrieve(given, rig.runner);
  const replicate = await store.run(given, rig.runner, { keep: true });

  expect([record.id, replicate.id]).toEqual([id, replicateId]);
  expect([b3sum(keyText), b3sum(replicateText)]).toEqual([id, replicateId]);
  const parts = [record, replicate].map((run) => openCache(store.dir).get(run.id)?.manifest.parts);
  expect(parts.map((part) => jcs(part as never))).toEqual([keyText, replicateText]);
  expect(jcs(parts[0]?.params as never)).toBe(`{"argv":[],"params":{"inputs":{},"params":${normalised}}}`);
  expect(record.params).toEqual(JSON.parse(normalised));
});
