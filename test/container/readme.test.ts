// The sessions that the READMEs of the engines show are run as they stand there, but for the image's name.
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { markdownBlocks } from "../../scripts/lib/doc-blocks.mjs";
import { tempDir } from "../kit/temp-dir.js";
import { apptainerStandIn, makeSif } from "./apptainer-stand-in.js";
import { BUSYBOX, docker, podman, SLOW } from "./engines.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the session about `runner` in a Markdown file. Returns what it prints, and what its comments promise. */
async function runSession(file: string, runner: string, image: string, path = process.env["PATH"]) {
  await using dir = await tempDir("session");
  const blocks = markdownBlocks(file, await readFile(`${root}/${file}`, "utf8"));
  const code = blocks.find((block) => block.code.includes(`new ${runner}(`))?.code ?? "";
  const named = code.replace(/image: "[^"]*"/, () => `image: ${JSON.stringify(image)}`);
  await mkdir(dir.join("node_modules"));
  await symlink(`${root}/packages/cli`, dir.join("node_modules/runcache"));
  await symlink(`${root}/test/node_modules/@runcache`, dir.join("node_modules/@runcache"));
  await writeFile(dir.join("names.txt"), "b\na\n");
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await writeFile(dir.join("session.mjs"), ts.transpile(named, options));
  const { stdout, stderr } = await run(process.execPath, ["session.mjs"], {
    cwd: dir.path,
    env: { ...process.env, PATH: path, RUNCACHE_DIR: dir.join("cache") },
  });
  expect(stderr).toBe("");
  const promised = [...code.matchAll(/\/\/ (miss|hit):/g)].map(([, word]) => word ?? "");
  return { printed: stdout.trim().split("\n"), promised };
}

describe.each(["packages/%s/README.md", "README.md"])("the session in %s", (pattern) => {
  test.skipIf(docker.missing)("with Docker misses, then hits", SLOW, async () => {
    const { printed, promised } = await runSession(pattern.replace("%s", "docker"), "DockerRunner", BUSYBOX);
    expect(promised).toEqual(["miss", "hit"]);
    expect(printed).toEqual(promised);
  });

  test.skipIf(podman.missing)("with Podman misses, then hits", SLOW, async () => {
    const { printed, promised } = await runSession(pattern.replace("%s", "podman"), "PodmanRunner", BUSYBOX);
    expect(promised).toEqual(["miss", "hit"]);
    expect(printed).toEqual(promised);
  });

  test("with Apptainer's stand-in misses, then hits", SLOW, async () => {
    await using bin = await tempDir("bin");
    await using sif = await makeSif();
    await symlink(apptainerStandIn, bin.join("apptainer"));
    const path = `${bin.path}:${process.env["PATH"]}`;
    const file = pattern.replace("%s", "apptainer");
    const { printed, promised } = await runSession(file, "ApptainerRunner", sif.path, path);
    expect(promised).toEqual(["miss", "hit"]);
    expect(printed).toEqual(promised);
  });
});
