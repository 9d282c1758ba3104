import { spawnSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { markdownBlocks } from "../../scripts/lib/doc-blocks.mjs";
import { tempDir } from "../kit/temp-dir.js";

const PACKAGE = fileURLToPath(new URL("../../packages/runs", import.meta.url));

test("the session of the README runs as it stands there", async () => {
  await using dir = await tempDir("readme");
  const [session] = markdownBlocks("README.md", await readFile(`${PACKAGE}/README.md`, "utf8"));
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await mkdir(dir.join("node_modules/@runcache"), { recursive: true });
  await symlink(PACKAGE, dir.join("node_modules/@runcache/runs"));
  await writeFile(dir.join("session.mjs"), ts.transpile(session?.code ?? "", options));
  const { stdout } = spawnSync(process.execPath, ["session.mjs"], { cwd: dir.path, encoding: "utf8" });
  expect(stdout.split("\n")).toEqual(["running 3 0.3", "true 0.3", "running 3 0.01", "1 1", "[ [ 3, 0.01 ] ]", ""]);
});
