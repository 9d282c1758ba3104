import { perform, type Flow } from "../platform/flow.js";
import type { Launcher, LaunchRequest, LaunchResult } from "../types/launcher.js";

/** Starts `request` with `launcher`, blocking or not as the flow is carried out. */
export function* launchWith(launcher: Launcher, request: LaunchRequest): Flow<LaunchResult> {
  return yield* perform({
    sync: () => launcher.launchSync(request),
    async: () => launcher.launch(request),
  });
}
