import { spawnSync } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packAll } from "../../scripts/lib/pack.mjs";
import { packageDirs, readManifest, repoRoot } from "../../scripts/lib/packages.mjs";
import { makeCountingTool } from "../kit/counting-tool.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const project = fileURLToPath(new URL("project", import.meta.url));
const packages = packageDirs().map((dir) => readManifest(dir).name);

describe("the packed packages, installed into an empty project", () => {
  let temp: TempDir;
  let consumer: string;

  beforeAll(async () => {
    temp = await tempDir("consumer");
    consumer = temp.join("project");
    await cp(project, consumer, { recursive: true });
    await mkdir(temp.join("tarballs"));
    const tarballs = packAll(temp.join("tarballs"));
    run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", ...tarballs]);
  });

  afterAll(() => temp[Symbol.asyncDispose]());

  test.each(packages)("%s can be imported", (name) => {
    expect(run(process.execPath, ["--input-type=module", "--eval", `await import("${name}"); console.log("ok")`])).toBe(
      "ok\n",
    );
  });

  test("a program in plain JavaScript misses once and then hits", async () => {
    const tool = await makeCountingTool(temp.path);
    await writeFile(temp.join("input.txt"), "content");
    const output = run(process.execPath, ["run-twice.mjs", tool.path, temp.join("input.txt"), temp.join("cache")]);

    expect(JSON.parse(output)).toEqual({ statuses: ["miss", "hit"], text: "content" });
    expect(await tool.count()).toBe(1);
  });

  test("a program that a bundler made one file of does too", async () => {
    const tool = await makeCountingTool(temp.path);
    await writeFile(temp.join("input.txt"), "bundled");
    const bundle = await rolldown({ input: path.join(consumer, "run-twice.mjs"), platform: "node" });
    await bundle.write({ file: path.join(consumer, "bundled/app.mjs") });
    await bundle.close();
    const words = ["bundled/app.mjs", tool.path, temp.join("input.txt"), temp.join("bundled-cache")];

    expect(JSON.parse(run(process.execPath, words))).toEqual({ statuses: ["miss", "hit"], text: "bundled" });
  });

  test.each(["threads", "processes"])("a program sweeps in %s, and again finds every run", (workers) => {
    const output = run(process.execPath, ["sweep.mjs", workers, temp.join(`runs-${workers}`)]);

    const lengths = [2, 2, 3, 3];
    expect(JSON.parse(output)).toEqual({
      sweeps: [
        { hits: 0, runs: 4, lengths },
        { hits: 4, runs: 0, lengths },
      ],
      fine: [
        [2, 0.01],
        [3, 0.01],
      ],
    });
  });

  test("the command lists the runs of a program", () => {
    run(process.execPath, ["sweep.mjs", "threads", temp.join("runs")]);
    const words = ["runs", "ls", "--dir", temp.join("runs"), "--where", "dt<0.1 and n=3", "--json"];
    const command = path.join(consumer, "node_modules/.bin/runcache");
    expect(JSON.parse(run(command, words))).toMatchObject([{ name: "decay", params: { n: 3, dt: 0.01 } }]);
    const { status, stderr } = spawnSync(command, [...words, "--index", "postgres://127.0.0.1:1/lab"], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 125, stderr: expect.stringContaining("npm install pg") as string });
  });

  test("a strict TypeScript project compiles against the published types", () => {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const typeRoots = path.join(repoRoot, "node_modules", "@types");
    expect(run(process.execPath, [tsc, "--project", "tsconfig.json", "--typeRoots", typeRoots])).toBe("");
  });

  /** What the program prints; fails with all that it said where it fails. */
  function run(command: string, args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: consumer, encoding: "utf8" });
    expect(status, `${command} ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }
});
