// @ts-check
// One project for each peer: one input, one command, one output; what a hit of it is; and how its runs are counted.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { countLines } from "../lib/fixtures.mjs";

/**
 * A project whose next call is a hit.
 * @typedef {object} Project
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} env on top of this process's
 * @property {string | null} output what a hit brings back, relative to the project; null: only standard output
 * @property {() => number} runs how often the command ran so far
 */

/** @typedef {import("./peers.mjs").Peer} Peer */

/** @type {Record<string, (peer: Peer, dir: string) => Project>} */
export const PROJECTS = {
  bkt({ command }, dir) {
    const { tool, runs } = makeCommand(dir);
    const args = ["--cache-dir", path.join(dir, "cache"), "--ttl=1day", "--", tool];
    return { command, args, env: {}, output: null, runs };
  },

  ccache({ command }, dir) {
    writeFileSync(path.join(dir, "hello.c"), "int answer(void) { return 42; }\n");
    const env = { CCACHE_DIR: path.join(dir, "cache") };
    const runs = () => {
      const stats = execFileSync(command, ["--print-stats"], { env: { ...process.env, ...env }, encoding: "utf8" });
      return Number(/^cache_miss\s+(\d+)$/m.exec(stats)?.[1] ?? NaN);
    };
    return { command, args: ["cc", "-c", "hello.c", "-o", "hello.o"], env, output: "hello.o", runs };
  },

  turbo({ command }, dir) {
    const { tool, runs } = makeCommand(dir);
    writeJson(dir, "package.json", { name: "project", packageManager: "npm@10.8.2", scripts: { build: tool } });
    writeJson(dir, "package-lock.json", { name: "project", lockfileVersion: 3, packages: { "": { name: "project" } } });
    writeJson(dir, "turbo.json", { tasks: { build: { inputs: ["in.txt"], outputs: ["out/**"] } } });
    const args = ["run", "build", "--no-daemon", "--output-logs=none"];
    return { command, args, env: { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" }, output: "out", runs };
  },

  wireit({ command }, dir) {
    const { tool, runs } = makeCommand(dir);
    const build = { command: tool, files: ["in.txt"], output: ["out/**"] };
    writeJson(dir, "package.json", { name: "project", scripts: { build: "wireit" }, wireit: { build } });
    const env = { PATH: `${path.dirname(command)}:${process.env["PATH"] ?? ""}`, WIREIT_CACHE: "local" };
    return { command: "npm", args: ["run", "--silent", "build"], env, output: "out", runs };
  },

  nx({ command }, dir) {
    const { tool, runs } = makeCommand(dir);
    writeJson(dir, "package.json", { name: "project", private: true });
    writeJson(dir, "nx.json", { defaultBase: "main", analytics: false });
    const build = {
      executor: "nx:run-commands",
      cache: true,
      inputs: ["{projectRoot}/in.txt"],
      outputs: ["{projectRoot}/out"],
      options: { command: tool },
    };
    symlinkSync(path.dirname(path.dirname(command)), path.join(dir, "node_modules"));
    writeJson(dir, "project.json", { name: "project", root: ".", targets: { build } });
    const env = { NX_DAEMON: "false", NX_NO_CLOUD: "true", NX_TUI: "false", CI: "1", DO_NOT_TRACK: "1" };
    return { command, args: ["run", "project:build"], env, output: "out", runs };
  },

  "@moonrepo/cli"({ command }, dir) {
    const { tool, runs } = makeCommand(dir);
    mkdirSync(path.join(dir, ".moon"));
    writeFileSync(path.join(dir, ".moon/workspace.yml"), "projects:\n  project: '.'\ntelemetry: false\n");
    writeFileSync(
      path.join(dir, "moon.yml"),
      `tasks:\n  build:\n    command: '${tool}'\n    inputs: ['in.txt']\n    outputs: ['out']\n`,
    );
    git(dir, "init", "--quiet");
    git(dir, "add", ".");
    git(dir, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message=one");
    return {
      command,
      args: ["run", "project:build", "--log", "off"],
      env: { MOON_TELEMETRY: "false" },
      output: "out",
      runs,
    };
  },
};

/**
 * A command that copies in.txt to out/out.txt where it stands, and counts its runs.
 * @param {string} dir
 */
function makeCommand(dir) {
  const countFile = `${dir}.count`;
  const tool = `${dir}.tool`;
  writeFileSync(path.join(dir, "in.txt"), "one\n");
  writeFileSync(tool, `#!/bin/sh\necho run >> '${countFile}'\nmkdir -p out && cp in.txt out/out.txt && echo done\n`);
  chmodSync(tool, 0o755);
  return { tool, runs: () => countLines(countFile) };
}

/**
 * @param {string} dir
 * @param {...string} args
 */
function git(dir, ...args) {
  execFileSync("git", args, { cwd: dir, stdio: "ignore" });
}

/**
 * @param {string} dir
 * @param {string} name
 * @param {unknown} value
 */
function writeJson(dir, name, value) {
  writeFileSync(path.join(dir, name), `${JSON.stringify(value)}\n`);
}
