import { randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  type Stats,
} from "node:fs";
import { hasCode, isDeadHere, processIdentity, readAt, type ProcessIdentity } from "@runcache/core";
import { RunIndexError } from "./run-index-error.js";

/** How far a reader has read. */
export interface Position {
  readonly ino: number;
  /** Bytes up to the end of the last whole line. */
  readonly offset: number;
}

export const START: Position = { ino: 0, offset: 0 };

/** What was added to a file since a position. */
export interface Added {
  /** Whether the file is another one: what was read before is void. */
  readonly isNew: boolean;
  readonly lines: readonly string[];
  readonly position: Position;
}

/**
 * A file that many processes append lines to, and that one may replace meanwhile. Whoever appends looks
 * afterwards whether it is still the file of that name, and whoever replaces it looks what the old one was
 * given meanwhile: so no line is lost.
 */
export class LineFile {
  /** Host path. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Appends `text`, which ends with a line feed. @throws what the file system throws */
  append(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    for (;;) {
      const fd = openSync(this.path, "a+", 0o666);
      try {
        // What a killed process began gets its end, so that it spoils no other line.
        const whole = endsWithLine(fd) ? bytes : Buffer.concat([Buffer.from("\n"), bytes]);
        const written = writeSync(fd, whole);
        if (written < whole.length)
          throw new RunIndexError(
            "ERR_RUNCACHE_INDEX_UNUSABLE",
            this.path,
            `${this.path} took only a part of a line; is the disk full?`,
          );
        if (statSync(this.path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) return;
      } finally {
        closeSync(fd);
      }
    }
  }

  /** The whole lines since `position`. A beginning without its end waits. @throws what the file system throws */
  read(position: Position): Added {
    const stats = statSync(this.path, { throwIfNoEntry: false });
    if (stats === undefined) return { isNew: position.ino !== 0, lines: [], position: START };
    if (isSame(stats, position) && stats.size === position.offset) return { isNew: false, lines: [], position };
    const fd = openSync(this.path, "r");
    try {
      const now = fstatSync(fd);
      const isNew = !isSame(now, position);
      const from = isNew ? 0 : position.offset;
      const bytes = readAt(fd, from, now.size - from);
      const end = bytes.lastIndexOf(0x0a) + 1;
      const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
      return { isNew, lines, position: { ino: now.ino, offset: from + end } };
    } finally {
      closeSync(fd);
    }
  }

  /** Renames the file, so that there is none of its name. */
  setAside(): void {
    renameSync(this.path, `${this.path}.damaged`);
  }

  /**
   * Puts a file with `text`, which says what this one says up to `position`, in its place; lines that
   * others append meanwhile are kept.
   * @returns whether it was done: not where another process is at it
   */
  replace(text: string, position: Position): boolean {
    const lock = `${this.path}.lock`;
    if (!takeLock(lock)) return false;
    const draft = `${this.path}.${randomUUID()}`;
    let old: number | undefined;
    try {
      old = openSync(this.path, "a+");
      if (fstatSync(old).ino !== position.ino) return false;
      writeFileSync(draft, text, { flag: "wx" });
      renameSync(draft, this.path);
      const rest = readAt(old, position.offset, fstatSync(old).size - position.offset);
      if (rest.length > 0) this.append(rest.toString("utf8", 0, rest.lastIndexOf(0x0a) + 1));
      return true;
    } finally {
      if (old !== undefined) closeSync(old);
      unlinkIfThere(draft);
      unlinkIfThere(lock);
    }
  }
}

/** A file that shrank was emptied by hand. */
function isSame(stats: Stats, { ino, offset }: Position): boolean {
  return stats.ino === ino && stats.size >= offset;
}

function endsWithLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  return size === 0 || readAt(fd, size - 1, 1)[0] === 0x0a;
}

/** A lock saves work and carries no correctness beyond replacing: its holder may be dead. */
function takeLock(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(processIdentity()), { flag: "wx" });
      return true;
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
      if (!isAbandoned(path)) return false;
      unlinkIfThere(path);
    }
  }
  return false;
}

function isAbandoned(path: string): boolean {
  try {
    return isDeadHere(JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true;
    if (error instanceof SyntaxError) return false; // being written
    throw error;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
