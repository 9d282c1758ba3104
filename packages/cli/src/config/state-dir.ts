import { homedir } from "node:os";
import { join } from "node:path";

/** Host path of the directory for what runcache remembers of this user: `${XDG_STATE_HOME:-~/.local/state}/runcache`. */
export function userStateDir({ XDG_STATE_HOME: xdg }: NodeJS.ProcessEnv): string {
  return join(xdg === undefined || xdg === "" ? join(homedir(), ".local", "state") : xdg, "runcache");
}
