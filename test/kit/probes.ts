import { spawnSync } from "node:child_process";
import { once } from "./once.js";
import type { Probe } from "./skips.js";

const setUp = (name: string): string => `scripts/setup-engines.sh ${name} sets it up on Debian`;

/** Connection string of the database that tests may fill; without a password. */
export const POSTGRES_URL =
  process.env["RUNCACHE_TEST_POSTGRES"] ??
  "postgresql://runcache@/runcache_test?host=/run/runcache-postgres&port=54329";

/** What the tests may find on a machine. Each probe asks the thing itself, once a process. */
export const probes = {
  /** A Docker daemon that answers, and our test images. */
  docker: once(() => answers("docker", ["image", "inspect", "runcache-test/busybox:1"], setUp("docker images"))),
  /** Podman, and our test images. */
  podman: once(() => answers("podman", ["image", "inspect", "runcache-test/busybox:1"], setUp("podman images"))),
  /** An image registry on 127.0.0.1:5000. */
  registry: once(() => answers("curl", ["--silent", "--fail", "http://127.0.0.1:5000/v2/"], setUp("registry"))),
  /** MRtrix3. */
  mrtrix: once(() => answers("mrconvert", ["--version"], setUp("mrtrix"))),
  /** A SLURM controller with a node. */
  slurm: once(() => answers("sinfo", ["--noheader"], setUp("slurm"))),
  /** A PostgreSQL server with a database for tests. */
  postgres: once(() =>
    answers("psql", ["--no-psqlrc", "--no-password", "--command=SELECT 1", POSTGRES_URL], setUp("postgres")),
  ),
  /** Root, for tests that mount or change owners. */
  root: (): string | null => (process.getuid?.() === 0 ? null : "needs root"),
  /** Linux, for tests of its system calls and mounts. */
  linux: (): string | null => (process.platform === "linux" ? null : "needs Linux"),
} satisfies Record<string, Probe>;

/** Whether a program is on PATH: `requireOrSkip("strace", onPath("strace"))`. */
export function onPath(program: string): Probe {
  return () => {
    const found = spawnSync("sh", ["-c", 'command -v -- "$1"', "sh", program]).status === 0;
    return found ? null : `${program} is not on PATH; ${setUp("tools")}`;
  };
}

function answers(program: string, args: readonly string[], hint: string): string | null {
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  if (status === 0) return null;
  const why = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  return `${[program, ...args].join(" ")} failed: ${why}; ${hint}`;
}
