import type { UserIds } from "./engine.js";

/** The user of this process. */
export function self(): UserIds {
  // Absent only on Windows, where no engine of ours runs.
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
