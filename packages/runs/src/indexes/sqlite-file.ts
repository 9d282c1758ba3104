import { closeSync, fchmodSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { filesystemKind } from "@runcache/core";
import { RunIndexError } from "./run-index-error.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/**
 * Where SQLite's write-ahead log is safe: its readers and writers share memory, so all must be on one
 * machine. What is not known is treated as a network file system.
 */
const LOCAL: ReadonlySet<string> = new Set(["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "ramfs"]);

/** Parts of a database on disk, beside the file itself. */
const SUFFIXES = ["", "-wal", "-shm", "-journal"] as const;

/** Makes the file where it is missing, for those who may use its directory: SQLite gives its other files the same mode. */
export function ensureFile(file: string): void {
  const mode = statSync(path.dirname(file)).mode & 0o666;
  try {
    const descriptor = openSync(file, "wx", mode);
    try {
      fchmodSync(descriptor, mode); // the umask has its own ideas of groups
      // Of a file that somebody removed: SQLite would take them for parts of this one.
      for (const suffix of SUFFIXES) if (suffix !== "") rmSync(`${file}${suffix}`, { force: true });
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Identity of the file at a host path; null where there is none. */
export function fileIdentity(file: string): string | null {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

/**
 * Moves a damaged database out of the way, to `<file>.damaged`, which may be looked at and deleted.
 * Nothing is moved where another process has put a new one in its place.
 */
export function setAside(file: string, identity: string): void {
  if (fileIdentity(file) !== identity) return;
  for (const suffix of SUFFIXES) {
    try {
      renameSync(`${file}${suffix}`, `${file}.damaged${suffix}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/**
 * Sets how the file is kept from half-written transactions: by a write-ahead log on a local file system,
 * else by a rollback journal, which needs nothing but locks.
 */
export function setJournal(connection: SqliteConnection, file: string): void {
  const wanted = journalFor(filesystemKind(file));
  if (journalMode(connection, "") !== wanted && journalMode(connection, ` = ${wanted}`) !== wanted) {
    throw new RunIndexError(
      "ERR_RUNCACHE_INDEX_UNUSABLE",
      file,
      `SQLite refuses the journal mode "${wanted}" for ${file}.`,
    );
  }
  // With the log, a power cut may take the last transactions, and never harms the file: the index can be rebuilt.
  if (wanted === "wal") connection.exec("pragma synchronous = normal");
}

/** SQLite's journal mode on a file system, by its name. */
export function journalFor(filesystem: string): "wal" | "delete" {
  return LOCAL.has(filesystem) ? "wal" : "delete";
}

function journalMode(connection: SqliteConnection, assignment: string): unknown {
  return (connection.prepare(`pragma journal_mode${assignment}`).get() as { journal_mode: unknown }).journal_mode;
}
