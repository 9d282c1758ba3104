import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userStateDir } from "../config/state-dir.js";
import type { Output } from "./output.js";

/** A disk that fills up is worth a word a day. Milliseconds. */
const DISK_WARNING_EVERY_MS = 24 * 60 * 60_000;

/** Words the warnings of the library as the command's own, instead of Node's form with process id and hint. */
export function reportWarnings(err: Output, env: NodeJS.ProcessEnv): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning: Error & { readonly code?: string }) => {
    const { name, message, code } = warning;
    if (name === "RuncacheWarning") {
      if (code === "RUNCACHE_NOT_STORED") return; // the command says it with what to do about it
      if (code !== "RUNCACHE_DISK" || isDue(env)) err.line(`${err.style.yellow("runcache:")} ${message}`);
    } else if (name !== "ExperimentalWarning") {
      // Node's notes on what is experimental in it are no concern of whoever runs a command.
      err.line(`${name}: ${message}`);
    }
  });
}

/** Whether nothing was said of it for a day; who asks, says it. Without a place to remember it, nobody does. */
function isDue(env: NodeJS.ProcessEnv): boolean {
  const dir = userStateDir(env);
  const stamp = join(dir, "disk-warning");
  try {
    const { mtimeMs = -Infinity } = statSync(stamp, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs < DISK_WARNING_EVERY_MS) return false;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(stamp, "");
    return true;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return false;
    throw error;
  }
}
