import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { makeCliRig } from "../cli/rig.js";
import { blockOf } from "./shown-session.js";
import { runWorkflow } from "./workflow.js";

test("the workflow restores, counts, prunes and saves: what one run made is a hit in the next", async () => {
  await using rig = await makeCliRig({ "names.txt": "b\na\n" });
  const [caches, runs] = [rig.temp.join("caches"), rig.temp.join("runs")];
  for (const dir of [caches, runs]) mkdirSync(dir);
  // The program is installed already; that the page asks for it is seen by what is left of the question.
  const asked = rig.temp.join("npm-was-asked");
  const npm = path.join(rig.tool.binDir, "npm");
  writeFileSync(npm, `#!/bin/sh\necho "$@" >>'${asked}'\n`);
  await chmod(npm, 0o755);
  const workflow = blockOf("packages/cli/README.md", "In CI", "yaml");
  const { RUNCACHE_DIR: _, ...env } = rig.env;
  const run = (id: number) => runWorkflow(workflow, id, { repository: rig.work, caches, runs, env });

  const first = run(1);
  expect(first.restored).toBe(null);
  expect(first.summary).toMatch(/^<pre>\n.*HITS.*\ncommand\/sort +0 +1 /);
  const second = run(2);
  expect(second.restored).toBe("runcache-Linux-1-1");
  expect(second.summary).toMatch(/command\/sort +1 +[01] .* [\d.]+ m?s /);
  expect(second.summary).toMatch(/\n<\/pre>\n$/);
  expect(readFileSync(path.join(second.workspace, "sorted.txt"), "utf8")).toBe("a\nb\n");
  expect(readFileSync(asked, "utf8")).toBe("install --global runcache\n".repeat(2));

  // Nothing of the first run is needed any more: what was restored was saved again.
  rmSync(path.join(caches, "runcache-Linux-1-1"));
  const third = run(3);
  expect(third.restored).toBe("runcache-Linux-2-1");
  const cacheDir = path.join(third.workspace, ".runcache");
  const { counts } = JSON.parse(rig.call("stats", "--json", "--cache", cacheDir).stdout) as { counts: object };
  expect(counts).toMatchObject({ all: { hits: 2, misses: 1 } });
});
