import { extname } from "node:path";

/** A suffix that says how the file inside is packed, so that the suffix before it says what it is. */
const PACKED = new Set([".gz", ".bgz", ".bz2", ".xz", ".zst", ".lz4", ".Z"]);

/**
 * The name in the output directory for a copy of a file called `name`: itself, or `stem_1.ext`,
 * `stem_2.ext`, … where it is `taken`.
 */
export function copyName(name: string, isDirectory: boolean, taken: ReadonlySet<string>): string {
  const suffix = isDirectory ? "" : suffixOf(name);
  const stem = name.slice(0, name.length - suffix.length);
  let free = name;
  for (let count = 1; taken.has(free); count++) free = `${stem}_${count}${suffix}`;
  return free;
}

/** `.nii.gz` of `a.nii.gz`, `.csv` of `v1.2.csv`, nothing of `.profile`. */
function suffixOf(name: string): string {
  const last = extname(name);
  return PACKED.has(last) ? extname(name.slice(0, -last.length)) + last : last;
}
