import { UsageError } from "@runcache/core";
import type { Mount } from "./mounts.js";

/** How an engine spells the parts of `--mount`. */
export interface MountWords {
  readonly target: string;
  readonly readOnly: string;
}

/**
 * The value of `--mount` for a bind mount. Engines read it as one line of CSV, so a path is quoted like a
 * field of CSV: without that, a directory named `x,source=/etc` could mount what nobody asked for.
 * @throws UsageError `ERR_RUNCACHE_MOUNT_NAME` on a path that no `--mount` can carry
 */
export function mountArgument({ hostPath, containerPath, readOnly }: Mount, words: MountWords): string {
  const fields = ["type=bind", `source=${carried(hostPath)}`, `${words.target}=${carried(containerPath)}`];
  if (readOnly) fields.push(words.readOnly);
  return fields.map(csvField).join(",");
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The engines' CSV readers turn CR LF into LF, even inside quotes; a NUL ends an argument. */
function carried(path: string): string {
  if (!/\r\n|\0/.test(path)) return path;
  throw new UsageError(
    "ERR_RUNCACHE_MOUNT_NAME",
    `${JSON.stringify(path)} cannot be mounted into a container: no engine takes a path with a carriage return before a line feed, or with a NUL; rename it`,
    { path },
  );
}
