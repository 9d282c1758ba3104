import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, utimesSync } from "node:fs";

/** The `find` commands that the README promises to be safe, as they stand there. */
export function documentedPurge(): readonly string[] {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  return readme.split("\n").filter((line) => line.startsWith("find CACHE"));
}

/** Runs the documented commands once on the cache at the host path `cacheDir`, as cron would. */
export function purge(cacheDir: string): void {
  const { stderr } = spawnSync("sh", ["-c", script()], { env: environment(cacheDir), encoding: "utf8" });
  // The second command may take an empty `.incoming`, and the third one then says so.
  const complaints = stderr.split("\n").filter((line) => line !== "" && !line.includes("/.incoming': No such file"));
  if (complaints.length > 0) throw new Error(`find failed: ${complaints.join("\n")}`);
}

/** The documented commands, again and again until the scope ends. */
export interface PurgeLoop extends AsyncDisposable {
  /** How often all of them were run so far. */
  readonly rounds: number;
}

/** Runs the documented commands beside the test: `await using loop = purgeInALoop(cacheDir);` */
export function purgeInALoop(cacheDir: string): PurgeLoop {
  // What find complains of (a name that went away while it looked) is no one's affair here.
  const loop = `while :; do { ${script()}\n} 2>/dev/null; echo; done`;
  const child = spawn("sh", ["-c", loop], {
    env: environment(cacheDir),
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let rounds = 0;
  child.stdout.on("data", (lines: Buffer) => (rounds += lines.length));
  return {
    get rounds() {
      return rounds;
    },
    [Symbol.asyncDispose]: async () => {
      process.kill(-(child.pid ?? 0), "SIGKILL"); // the find that runs now, too
      await once(child, "close");
    },
  };
}

/** Sets the time of the directory `dir` so many days back. */
export function backdate(dir: string, days: number): void {
  const time = new Date(Date.now() - days * 24 * 60 * 60_000);
  utimesSync(dir, time, time);
}

function script(): string {
  return documentedPurge()
    .map((command) => command.replace("CACHE", '"$CACHE"'))
    .join("\n");
}

function environment(cacheDir: string): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", CACHE: cacheDir };
}
