import { spawnSync } from "node:child_process";
import { formatBytes } from "../output/format.js";
import { note, ok, problem, type Finding } from "./finding.js";
import { scratchAdvice } from "./scratch.js";

/** One line of `quota`: what the user has of a file system, and may have; a limit of 0 is none. */
export interface Quota {
  readonly filesystem: string;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly usedFiles: number;
  readonly limitFiles: number;
}

/** From this share of a quota on it is a problem. */
const FULL = 0.9;

/** The user's quotas, where the system has any and the program that tells them. */
export function quotaFindings(env: NodeJS.ProcessEnv): Finding[] {
  const { status, stdout } = spawnSync("quota", ["-w", "-p"], { encoding: "utf8", timeout: 10_000 });
  // 1: over quota, which is when it matters.
  return status === 0 || status === 1 ? parseQuota(stdout).map((quota) => finding(quota, env)) : [];
}

/** Reads what `quota -w -p` prints. */
export function parseQuota(text: string): Quota[] {
  return text.split("\n").flatMap((line) => {
    // Filesystem  blocks  quota  limit  grace  files  quota  limit  grace; `*` marks what is exceeded.
    const [filesystem, ...words] = line.trim().split(/\s+/);
    const numbers = words.map((word) => Number(word.replace(/\*$/, "")));
    if (filesystem === undefined || numbers.length < 8 || numbers.some(Number.isNaN)) return [];
    const [blocks = 0, softBlocks = 0, hardBlocks = 0, , usedFiles = 0, softFiles = 0, hardFiles = 0] = numbers;
    const limitBytes = 1024 * (softBlocks || hardBlocks);
    return [{ filesystem, usedBytes: 1024 * blocks, limitBytes, usedFiles, limitFiles: softFiles || hardFiles }];
  });
}

function finding({ filesystem, usedBytes, limitBytes, usedFiles, limitFiles }: Quota, env: NodeJS.ProcessEnv): Finding {
  const size = `${formatBytes(usedBytes)} of ${limitBytes === 0 ? "any size" : formatBytes(limitBytes)}`;
  const files = `${usedFiles} of ${limitFiles === 0 ? "any number of" : limitFiles} files`;
  const text = `${filesystem}: ${size}, ${files}`;
  const shares = [share(usedBytes, limitBytes), share(usedFiles, limitFiles)];
  if (Math.max(...shares) < FULL)
    return limitBytes + limitFiles === 0 ? ok("quota", text) : note("quota", text, scratchAdvice(env));
  const elsewhere = scratchAdvice(env) ?? "set RUNCACHE_DIR to a directory elsewhere";
  return problem("quota", text, `if the cache lies there: ${elsewhere}, or prune`);
}

function share(used: number, limit: number): number {
  return limit === 0 ? 0 : used / limit;
}
