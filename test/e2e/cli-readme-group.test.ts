// The steps that share a directory in a group, carried out by users of whom each keeps the others out.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { file, makeTree } from "../kit/make-tree.js";
import { probes } from "../kit/probes.js";
import { showToAll } from "../kit/show-to-all.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir } from "../kit/temp-dir.js";
import { blocksOf } from "./shown-session.js";

const GROUP = 61_000;
const ALICE = { uid: 61_001, gid: 61_011 };
const BOB = { uid: 61_002, gid: 61_012 };
const EVE = { uid: 61_003, gid: 61_013 };

const noUsers = requireOrSkip("root", probes.root) || requireOrSkip("Linux", probes.linux);

test.skipIf(noUsers)("what one member ran is a hit for the others, and for nobody else", async () => {
  using shown = showToAll();
  await using temp = await tempDir("group");
  await makeTree(temp.path, { shared: {}, "in.txt": file("one\n", { mode: 0o644 }) });
  const runs = temp.join("runs");
  const tool = `#!/bin/sh\necho >>'${runs}'; cat "$1" >"$2"\n`; // every user can run it, and be counted
  await makeTree(temp.path, { runs: "", bin: { tool: file(tool, { mode: 0o755 }) } });
  chmodSync(runs, 0o666);
  for (const dir of [temp.path, temp.join("bin"), temp.join("shared")]) chmodSync(dir, 0o755);
  // What each block of the page says, where its directory is `shared` and its group has a number.
  const lines = (code: string) =>
    code
      .replaceAll("/data/lab", temp.join("shared/lab"))
      .replaceAll("sudo ", "")
      .replaceAll("chgrp lab", `chgrp ${GROUP}`);
  const [prepare = "", init = "", use = ""] = blocksOf("packages/cli/README.md", "A shared directory for a group").map(
    ({ code }) => lines(code),
  );
  const program = `runcache() { '${shown.node}' '${shown.file("packages/cli/dist/bundle/runcache.cjs")}' "$@"; }`;
  /** A script of `user`, who is a member of `groups`, in a home of their own. */
  const as = (user: { readonly uid: number; readonly gid: number }, groups: readonly number[], script: string) => {
    const home = temp.join(`home-${user.uid}`);
    mkdirSync(home, { recursive: true });
    chownSync(home, user.uid, user.gid);
    const privileges = [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups",
    ];
    const env = { PATH: `${temp.join("bin")}:${process.env["PATH"] ?? ""}`, HOME: home, LANG: "C.UTF-8" };
    const words = [...privileges, "sh", "-ec", `umask 077; ${program}\n${script}`];
    const { status, stdout, stderr } = spawnSync("setpriv", words, { cwd: home, env, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  const run = `runcache run --out out.txt -- tool '${temp.join("in.txt")}' out.txt; cat out.txt`;

  const prepared = spawnSync("sh", ["-euc", prepare], { encoding: "utf8" });
  expect(prepared).toMatchObject({ status: 0, stderr: "" });
  const made = as(ALICE, [GROUP], init);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  expect(made.stdout).toContain("made the group cache");
  expect(as(ALICE, [GROUP], `${use}${run}`)).toEqual({ status: 0, stdout: "one\n", stderr: "" });
  expect(as(BOB, [GROUP], `${use}${run}`)).toEqual({ status: 0, stdout: "one\n", stderr: "" });
  expect(readFileSync(runs, "utf8").length).toBe(1);

  const stats = JSON.parse(as(BOB, [GROUP], `${use}runcache stats --json`).stdout) as { counts: object };
  expect(stats.counts).toMatchObject({ all: { hits: 1, misses: 1 }, unseen: [] });
  expect(as(BOB, [GROUP], `${use}runcache doctor --json`).stdout).toContain('"the cache can be written"');
  // What is put back is the user's own, not the group's.
  const again = as(ALICE, [GROUP], `${use}rm out.txt; ${run}; stat -c '%u %g' out.txt`);
  expect(again).toEqual({ status: 0, stdout: `one\n${ALICE.uid} ${ALICE.gid}\n`, stderr: "" });
  const pruned = as(BOB, [GROUP], `${use}runcache prune --max-entries 0 --keep-used-within 0`);
  expect(pruned).toMatchObject({ status: 0, stderr: "" });
  expect(pruned.stdout).toContain("removed 1 entry");

  // Who is no member runs the command all the same.
  const outside = as(EVE, [], `${use}${run}`);
  expect(outside).toMatchObject({ status: 0, stdout: "one\n" });
  expect(outside.stderr.trim().split("\n")).toHaveLength(1);
  expect(readFileSync(runs, "utf8").length).toBe(2);

  // Whoever kept the limits last, the others keep them too.
  const stamps = ["pruned", "limits"].map((name) => temp.join("shared/lab/runcache/.stats", name));
  as(ALICE, [GROUP], `rm -f ${stamps.join(" ")}; touch -d 2001-01-01 ${stamps.join(" ")}`);
  const keeping = as(BOB, [GROUP], `${use}export RUNCACHE_MAX_AGE=30d; ${run}`);
  expect(keeping).toEqual({ status: 0, stdout: "one\n", stderr: "" });
  expect(stamps.map((stamp) => statSync(stamp).uid)).toEqual([BOB.uid, BOB.uid]);
});
