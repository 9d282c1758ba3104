// The sessions that the README shows are run as they stand there.
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { expect, test } from "vitest";
import { markdownBlocks } from "../../scripts/lib/doc-blocks.mjs";
import { tempDir } from "../kit/temp-dir.js";
import { blockOf, masked, quoted, replay } from "./shown-session.js";

const run = promisify(execFile);
const readme = fileURLToPath(new URL("../../README.md", import.meta.url));
const cli = fileURLToPath(new URL("../../packages/cli", import.meta.url));

test("the command's session prints what it says", async () => {
  await using temp = await tempDir();
  await mkdir(temp.join("bin"));
  await mkdir(temp.join("work"));
  // As if it had just been said that the disk fills up: whether it does here is no part of the session.
  await mkdir(temp.join("state/runcache"), { recursive: true });
  await writeFile(temp.join("state/runcache/disk-warning"), "");
  // As npm would install it.
  const program = path.join(cli, "dist/bin/runcache.js");
  await writeFile(temp.join("bin/runcache"), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`, {
    mode: 0o755,
  });
  const session = blockOf("README.md", "", "console");
  const printed = replay(session, {
    cwd: temp.join("work"),
    env: {
      ...process.env,
      PATH: `${temp.join("bin")}:${process.env["PATH"] ?? ""}`,
      RUNCACHE_DIR: temp.join("cache"),
      XDG_STATE_HOME: temp.join("state"),
      NO_COLOR: "1",
    },
  });
  expect(masked(printed)).toBe(masked(session));
});

test("the first session in TypeScript misses, then hits", async () => {
  await using temp = await tempDir();
  const [block] = markdownBlocks("README.md", await readFile(readme, "utf8"));
  const code = block?.code ?? "";
  await mkdir(temp.join("node_modules"));
  await symlink(cli, temp.join("node_modules/runcache"));
  await writeFile(temp.join("names.txt"), "b\na\n");
  await writeFile(
    temp.join("session.mjs"),
    ts.transpile(code, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }),
  );
  const { stdout, stderr } = await run(process.execPath, ["session.mjs"], {
    cwd: temp.path,
    env: { ...process.env, RUNCACHE_DIR: temp.join("cache") },
  });
  const promised = [...code.matchAll(/\/\/ (miss|hit):/g)].map(([, word]) => word);
  expect(promised).toEqual(["miss", "hit"]);
  expect(stdout.trim().split("\n")).toEqual(promised);
  expect(stderr).toBe("");
});
