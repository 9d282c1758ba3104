// @ts-check
// What the table in README.md lists beside the tests of this folder.

/**
 * Rows that tests of other folders stand for; `title` is that of the test, or the part of it that does not vary.
 * @typedef {{ row: number, fault: string, behaviour: string, file: string, title: string }} Elsewhere
 * @type {readonly Elsewhere[]}
 */
export const ELSEWHERE = [
  at(3, "SIGINT, SIGTERM, SIGHUP", "the tool ends, nothing is kept, exit code 128 + n", "test/cli/streams.test.ts", "ends the command, keeps nothing of it, and gives the exit code of shells"), // prettier-ignore
  at(4, "containers of a caller that was killed", "are ended by the next caller, and no other container is", "test/container/endings.test.ts", "with all that should have ended it, its container is ended by the next caller, and no other"), // prettier-ignore
  at(14, "bind mounts that keep staging and entries apart", "a copy is stored, hit and replaced", "test/store/mounts.test.ts", "stores a copy, hits it, and replaces it"), // prettier-ignore
  at(24, "writers of one key with differing guards: two tool versions", "replace one another, one whole entry of each key", "test/store/race.test.ts", "with differing guards replace one another, and leave one whole entry of each key"), // prettier-ignore
  at(24, "two tool versions on one key", "a miss with that reason, and the entry is replaced", "test/caching/protocol.test.ts", "the entry of an upgraded tool is a miss with that reason, and is replaced"), // prettier-ignore
  at(32, "an input that changes while it is hashed", "read again; the digest is that of its last state", "packages/core/src/hashing/file-digest.test.ts", "is that of the last state of a file that changed while it was read"), // prettier-ignore
  at(33, "an input that changes during the run", "the result is delivered and not cached", "test/caching/protocol.test.ts", "one that changed during the run: the result is delivered where it was announced, and not cached"), // prettier-ignore
  at(34, "coarse times and racy rewrites", "young files are read again", "packages/core/src/hashing/ledger.test.ts", "a file that changed less than two seconds before it was read"), // prettier-ignore
  at(37, "two users of one group cache, umask 077", "one's entry is a hit for the other, whose hit counts as a use", "test/store/users.test.ts", "one member's entry is a hit for another, whose hit counts as a use"), // prettier-ignore
  at(37, "an outsider of a group cache", "runs uncached, with one warning", "test/store/users.test.ts", "nobody else can look into it: outsiders run uncached, with one warning"), // prettier-ignore
  at(38, "users who may only read", "hit, and change nothing", "test/store/users.test.ts", "hits for others, who change nothing in it"), // prettier-ignore
  at(39, "a cache below a directory that everybody may write", "one warning that names the directory", "test/store/exposed.test.ts", "below a directory that everybody may write, it warns once and names the directory"), // prettier-ignore
  at(46, "links of outputs, chained", "never lead out of an entry", "packages/core/src/entry/scan-outputs.test.ts", "never leads out of an entry that has moved, however links are chained"), // prettier-ignore
  at(47, "outputs that are hard links, setuid or setgid", "become copies of their own, without those bits", "packages/core/src/entry/scan-outputs.test.ts", "that are hard links become copies: the other name keeps content and mode"), // prettier-ignore
  at(49, "hostile names as mounts of containers", "are mounted or refused, never taken for options", "test/container/names.test.ts", "that no engine can mount are refused when they are registered"), // prettier-ignore
  at(50, "a tag that was pushed again", "a miss that says so", "test/container/images.test.ts", "a hit needs no image, a miss pulls it, and a tag that was pushed again is a miss that says so"), // prettier-ignore
  at(52, "standard input", "is in the key", "test/caching/exec.test.ts", "reads standard input from a file that is in the key"), // prettier-ignore
  at(54, "a tool that does not do the same twice", "runcache check says which output differs and where", "test/cli/check.test.ts", "says which output differs and where, and leaves the first result in the cache"), // prettier-ignore
];

/**
 * What takes longer than CI has, or another machine: the row, the fault, the program, and its dated results in `long`.
 * @type {readonly (readonly [number | string, string, string, string])[]}
 */
export const BEYOND_CI = [
  ["1–53", "everything of which CI takes a sample: each call, 500 rounds", "scripts/long-faults.mjs", "RESULTS.md"],
  [2, "everything at once on one cache, for an hour", "scripts/long-soak.mjs", "SOAK.md"],
  [7, "power cuts, and what the first call then found", "test/faults/power-cut.test.ts", "POWER-CUT.md"],
  onNfs(13, "ENOSPC at close on NFS"),
  onNfs(21, "an NFS server that hangs"),
  onNfs(22, "ESTALE of files that another NFS client removed"),
  onNfs(26, "writers on two NFS hosts"),
  onNfs(31, "attribute caches of NFS"),
];

/**
 * Rows that no test covers, and why.
 * @type {readonly (readonly [number | string, string, string])[]}
 */
export const NOT_TESTED = [
  [6, "a tool that ignores a full disk and exits 0", "cannot be known; `missingOutputs` narrows it"],
  [23, "silly-renamed files on NFS", "what cannot be removed stays in .trash, and is swept by a later prune"],
  [34, "writers through mmap", "are not detected, as the README says"],
  ["55–59", "remote tiers", "there are none yet"],
  [60, "SLURM jobs that get lost", "there is no such launcher yet"],
];

/**
 * @param {number} row
 * @param {string} fault
 * @param {string} behaviour
 * @param {string} file
 * @param {string} title
 * @returns {Elsewhere}
 */
function at(row, fault, behaviour, file, title) {
  return { row, fault, behaviour, file, title };
}

/**
 * @param {number} row
 * @param {string} fault
 * @returns {readonly [number, string, string, string]}
 */
function onNfs(row, fault) {
  return [row, fault, "scripts/long-nfs.sh", "NFS.md"];
}
