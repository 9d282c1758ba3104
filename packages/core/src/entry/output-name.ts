import { UsageError } from "../types/errors.js";
import { BUMP_NAME, RESERVED_NAME } from "./layout.js";

const LONGEST_PART_BYTES = 255;
const LONGEST_PATH_BYTES = 4096;

/**
 * The output name `name`, relative to the output directory, as it was given: POSIX, `.` for the directory
 * itself.
 * @throws UsageError `ERR_RUNCACHE_OUTPUT_NAME` where it is empty, absolute, leaves the directory, holds
 * NUL, is reserved, or is longer than file systems take
 */
export function parseOutputName(name: string): string {
  if (PLAIN.test(name)) return name;
  const fault = faultOf(name);
  if (fault === null) return name;
  throw new UsageError(
    "ERR_RUNCACHE_OUTPUT_NAME",
    `output name ${JSON.stringify(name)} ${fault}: name outputs relative to the tool's working directory`,
    { name },
  );
}

/** What nearly all names are. */
const PLAIN = /^[\w-][\w.-]{0,200}$/;

function faultOf(name: string): string | null {
  if (name === "") return "is empty";
  if (name.includes("\0")) return "holds a NUL";
  if (name.startsWith("/")) return "is absolute";
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return "leaves the output directory";
  if (parts[0] === RESERVED_NAME || parts.includes(BUMP_NAME)) return "is reserved for the entry's own record";
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_PART_BYTES)) {
    return `has a part of more than ${LONGEST_PART_BYTES} bytes`;
  }
  return Buffer.byteLength(name) >= LONGEST_PATH_BYTES ? `has ${LONGEST_PATH_BYTES} bytes or more` : null;
}
