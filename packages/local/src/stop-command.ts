import { execFile, spawnSync } from "node:child_process";
import { debugLog, type Step } from "@runcache/core";

/** A stop command that hangs must not hang the abort. */
const TIMEOUT_MS = 30_000;

/** The step that runs `argv`, which ends what killing the tool's process leaves running. */
export function stopCommand(argv: readonly string[], env: Readonly<Record<string, string>>): Step<void> {
  const [file = "", ...args] = argv;
  const options = { env, cwd: "/", timeout: TIMEOUT_MS };
  return {
    sync: () => report(argv, spawnSync(file, args, options).error),
    async: () =>
      new Promise((resolve) => {
        execFile(file, args, options, (error) => {
          report(argv, error);
          resolve();
        });
      }),
  };
}

/** What it should stop is killed next, whatever came of it. */
function report(argv: readonly string[], error: Error | null | undefined): void {
  if (error) debugLog("local", "stop command %o failed: %s", argv, error.message);
}
