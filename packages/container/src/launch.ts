import { launchWith, type CaptureRequest, type Flow, type Launcher, type LaunchResult } from "@runcache/core";
import type { PlannedCommand } from "./engine.js";

/** Where the streams of a planned command go, and what ends it. */
export type LaunchStreams = Omit<CaptureRequest, "cargs">;

/** Starts a planned command and waits for its end. The engine's client finds the environment of this process. */
export function* launch(launcher: Launcher, planned: PlannedCommand, streams: LaunchStreams): Flow<LaunchResult> {
  const { argv, env, stopArgv } = planned;
  return yield* launchWith(launcher, {
    ...streams,
    argv,
    cwd: process.cwd(),
    env: { ...(process.env as Readonly<Record<string, string>>), ...env },
    ...(stopArgv === null ? {} : { stopArgv }),
  });
}
