/** As many links as Linux follows. */
const MOST_LINKS = 40;

/**
 * Whether following the link at `path` stays below the root that paths are relative to, at every step and
 * through every other link.
 * @param path POSIX, without empty parts, `.` and `..`
 * @param targetAt text of the link at a path, or null where there is none
 */
export function resolvesInside(path: string, targetAt: (path: string) => string | null): boolean {
  const at: string[] = [];
  const ahead = path.split("/").reverse();
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.length === 0) return false;
      at.pop();
      continue;
    }
    const target = targetAt([...at, part].join("/"));
    if (target === null) {
      at.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS || target.startsWith("/")) return false;
    ahead.push(...target.split("/").reverse());
  }
  return true;
}
