import { loadSettings } from "./config/load-settings.js";
import type { GivenSettings, Settings } from "./config/settings.js";
import type { Output } from "./output/output.js";

/** What a command runs in. */
export interface Context {
  /** Host path. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly err: Output;
}

/** Settings with the values that a command's flags gave. */
export async function settingsOf({ cwd, env }: Context, given: GivenSettings): Promise<Settings> {
  return await loadSettings(cwd, env, given);
}
