import { spawnSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { markdownBlocks } from "../../scripts/lib/doc-blocks.mjs";
import { tempDir } from "../kit/temp-dir.js";

const PACKAGE = fileURLToPath(new URL("../../packages/local", import.meta.url));

it("the session of the README runs as it stands there", async () => {
  await using dir = await tempDir("readme");
  const [session] = markdownBlocks("README.md", await readFile(`${PACKAGE}/README.md`, "utf8"));
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await mkdir(dir.join("node_modules/@runcache"), { recursive: true });
  await symlink(PACKAGE, dir.join("node_modules/@runcache/local"));
  await writeFile(dir.join("session.mjs"), ts.transpile(session?.code ?? "", options));
  await writeFile(dir.join("names.txt"), "b\nc\na\n");
  const { stdout, stderr } = spawnSync(process.execPath, ["session.mjs"], {
    cwd: dir.path,
    encoding: "utf8",
    env: { ...process.env, RUNCACHE_DATA_DIR: dir.join("data") },
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("a\nb\nc\n\nc\nb\na\n");
});
