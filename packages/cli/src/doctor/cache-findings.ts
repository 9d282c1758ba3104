import { statfsSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { CacheRootError, filesystemKind, openRoot, type CacheRoot } from "@runcache/core";
import type { Settings } from "../config/settings.js";
import { formatBytes, formatDuration } from "../output/format.js";
import { note, ok, problem, type Finding } from "./finding.js";
import { scratchAdvice } from "./scratch.js";

/** Clocks that differ by more than this make entries look newer or older than they are. Milliseconds. */
const MOST_SKEW_MS = 2000;

/** Less room than this will soon be none. */
const LITTLE_BYTES = 1024 ** 3;
const LITTLE_INODES = 10_000;

/** Where the cache lies, and what that means for it. */
export function cacheFindings(settings: Settings, env: NodeJS.ProcessEnv): Finding[] {
  const dir = settings.cacheDir.value;
  let root: CacheRoot;
  try {
    root = openRoot(dir);
  } catch (error) {
    if (!(error instanceof CacheRootError)) throw error;
    if (error.code !== "ERR_RUNCACHE_ROOT_MISSING")
      return [problem("cache", error.message, "see 'runcache help init'")];
    const place = nearestExisting(dir);
    return [
      note("cache", `${dir}: none yet; the first run makes it`),
      placeFinding(place, env),
      ...spaceFindings(place),
    ];
  }
  const { marker, exposedBy } = root;
  const findings = [ok("cache", `${dir}, ${marker.shared}, layout ${marker.layout}`), placeFinding(dir, env)];
  if (exposedBy !== null) {
    const text = `others may replace ${exposedBy}, and with it what the cache holds`;
    findings.push(problem("rights", text, `take their rights away: chmod o-w ${exposedBy}`));
  }
  return [...findings, ...writeFindings(dir), ...spaceFindings(dir), limitFinding(settings)];
}

function placeFinding(dir: string, env: NodeJS.ProcessEnv): Finding {
  const kind = filesystemKind(dir);
  if (["ext4", "xfs", "btrfs", "overlay"].includes(kind)) {
    return ok("filesystem", `${kind}: large files on it are read once while unchanged; locks reach every process`);
  }
  if (["tmpfs", "ramfs"].includes(kind)) {
    return note("filesystem", `${kind}: the cache is gone after a restart, and large files on it are read every time`);
  }
  if (kind === "unknown") return note("filesystem", "of a kind that runcache does not know; nothing depends on it");
  const text = `${kind}, a network file system: locks save less work, large inputs are read again by each process`;
  return note("filesystem", text, scratchAdvice(env));
}

/** Writes a file, which also shows the clock of the file system. */
function writeFindings(dir: string): Finding[] {
  const path = join(dir, `.runcache.json.${randomBytes(8).toString("hex")}`); // the name of a draft: swept if left
  try {
    writeFileSync(path, "", { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const advice = "hits are served all the same; to keep results, become its owner or a member of its group";
    return [note("rights", `the cache cannot be written (${error.message})`, advice)];
  }
  const skewMs = statSync(path).mtimeMs - Date.now();
  unlinkSync(path);
  const text = `differs by ${formatDuration(Math.abs(skewMs))} from that of the cache's file system`;
  const isSkewed = Math.abs(skewMs) > MOST_SKEW_MS;
  return [
    ok("rights", "the cache can be written"),
    isSkewed ? problem("clock", text, "set the clock, by NTP for example") : ok("clock", "agrees with the file system"),
  ];
}

function spaceFindings(dir: string): Finding[] {
  const { bsize, bavail, blocks, ffree, files } = statfsSync(dir);
  const bytes = bavail * bsize;
  const used = blocks === 0 ? 0 : Math.round(100 * (1 - bavail / blocks));
  const room = `${formatBytes(bytes)} free, ${used} % used`;
  // File systems that make inodes when they need them say 0.
  const inodes = files === 0 ? "inodes without limit" : `${ffree} inodes free`;
  return [
    bytes < LITTLE_BYTES ? problem("space", room, "prune, or move the cache: RUNCACHE_DIR") : ok("space", room),
    files > 0 && ffree < LITTLE_INODES
      ? problem("inodes", inodes, "prune with --max-inodes, or move the cache")
      : ok("inodes", inodes),
  ];
}

function limitFinding({ maxSize }: Settings): Finding {
  if (maxSize.value !== null) return ok("limits", `at most ${formatBytes(maxSize.value)}`);
  return note(
    "limits",
    "the cache may grow without limit",
    "run 'runcache prune' by hand or by cron ('runcache cron')",
  );
}

function nearestExisting(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? nearestExisting(dirname(path)) : path;
}
