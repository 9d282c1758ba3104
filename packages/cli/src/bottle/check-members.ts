import { dirname } from "node:path/posix";
import { BottleError } from "./bottle-error.js";
import type { Member } from "./bottle-index.js";
import type { BottleLimits } from "./bottle-limits.js";
import { resolvesInside } from "./resolve-link.js";

/** What a bottle may hold, and nothing else. Links belong to outputs and to inputs alone. */
const PLACES =
  /^(?:run\.sh|ro-crate-metadata\.json|entries|entries\/[0-9a-f]{64}(?:\/(?:manifest\.json|run\.sh|stdout|stderr|(?:outputs|inputs|program)(?:\/.*)?))?)$/s;
const LINK_AREA = /^(entries\/[0-9a-f]{64}\/(?:outputs|inputs\/\d+))\/./s;

const LONE_SURROGATE = /\p{Surrogate}/u;

const LONGEST_PART_BYTES = 255;
const LONGEST_PATH_BYTES = 4096;

/**
 * Whether `members` may be written below one directory: checked on their own words, before anything is.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_PATH`, `ERR_RUNCACHE_BOTTLE_LINK`, `ERR_RUNCACHE_BOTTLE_LIMIT`
 */
export function checkMembers(members: readonly Member[], limits: BottleLimits): void {
  checkAmounts(members, limits);
  const byPath = new Map<string, Member>();
  const folded = new Map<string, string>();
  let linksBegan = false;
  for (const member of members) {
    const { path } = member;
    checkName(path, limits);
    if (member.kind === "link") linksBegan = true;
    else if (linksBegan) throw pathError(path, "comes after a link");
    if (!PLACES.test(path)) throw pathError(path, "is nothing that a bottle holds");
    const fold = foldName(path);
    const twin = folded.get(fold);
    if (twin !== undefined) {
      const fault =
        twin === path
          ? "is there twice"
          : `is, where case and accents do not count, the same as ${JSON.stringify(twin)}`;
      throw pathError(path, fault);
    }
    const parent = dirname(path);
    if (parent !== "." && byPath.get(parent)?.kind !== "dir")
      throw pathError(path, "does not lie in a directory of the bottle");
    folded.set(fold, path);
    byPath.set(path, member);
  }
  for (const member of members) if (member.kind === "link") checkLink(member.path, member.target, byPath);
}

function checkAmounts(members: readonly Member[], { members: most, fileBytes, totalBytes }: BottleLimits): void {
  if (members.length > most) throw limitError(`${members.length} files, directories and links`, `${most}`);
  let sum = 0;
  for (const member of members) {
    if (member.kind !== "file") continue;
    if (member.sizeBytes > fileBytes) throw limitError(`a file of ${member.sizeBytes} bytes`, `${fileBytes}`);
    sum += member.sizeBytes;
  }
  if (sum > totalBytes) throw limitError(`${sum} bytes`, `${totalBytes}`);
}

function checkName(path: string, { depth }: BottleLimits): void {
  const parts = path.split("/");
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw pathError(path, "is absolute");
  if (parts.includes("..") || parts.includes(".")) throw pathError(path, "leads out of its place");
  if (parts.includes("")) throw pathError(path, "has an empty part");
  if (/[\0\\]/.test(path)) throw pathError(path, "holds a NUL or a backslash");
  if (LONE_SURROGATE.test(path)) throw pathError(path, "is not valid UTF-8");
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_PART_BYTES)) {
    throw pathError(path, `has a part of more than ${LONGEST_PART_BYTES} bytes`);
  }
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) throw pathError(path, `has more than ${LONGEST_PATH_BYTES} bytes`);
  if (parts.length > depth) throw limitError(`a path of ${parts.length} parts`, `${depth}`);
}

/** Equal for names that some file system takes for one: composed or not, whatever the case, `ß` and `ss`. */
function foldName(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

function checkLink(path: string, target: string, byPath: ReadonlyMap<string, Member>): void {
  const area = LINK_AREA.exec(path)?.[1];
  if (area === undefined) throw pathError(path, "is a link where a bottle holds none");
  if (target === "" || /[\0\\]/.test(target) || LONE_SURROGATE.test(target))
    throw linkError(path, target, "is no path");
  if (target.startsWith("/") || /^[A-Za-z]:/.test(target)) throw linkError(path, target, "is absolute");
  if (Buffer.byteLength(target) > LONGEST_PATH_BYTES) throw linkError(path, target.slice(0, 80), "is too long");
  const targetAt = (inner: string): string | null => {
    const member = byPath.get(`${area}/${inner}`);
    return member?.kind === "link" ? member.target : null;
  };
  if (!resolvesInside(path.slice(area.length + 1), targetAt)) {
    throw linkError(path, target, "leads out of its place, or in circles");
  }
}

function pathError(path: string, fault: string): BottleError {
  const name = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new BottleError("PATH", `the name ${JSON.stringify(name)} ${fault}: a bottle cannot hold it`, { path });
}

function linkError(path: string, target: string, fault: string): BottleError {
  const message = `the link ${JSON.stringify(path)} to ${JSON.stringify(target)} ${fault}: a bottle cannot hold it`;
  return new BottleError("LINK", message, { path, target });
}

function limitError(found: string, most: string): BottleError {
  const message = `the bottle holds ${found}, and at most ${most} are allowed here: --max-size allows more bytes`;
  return new BottleError("LIMIT", message, { found, most });
}
