import { readFileSync } from "node:fs";
import { sample } from "./fault.js";

/** A system call of a program that changes a file system, told apart from the program's other ones. */
export interface CallPoint {
  readonly syscall: string;
  /** Host path that it changes. */
  readonly path: string;
  /** Arguments of strace, before the `-e inject=…`, that leave only the thread or the path of this call. */
  readonly filter: readonly string[];
  /** Its number among the calls of this name that `filter` leaves; `3+`: that one and all that follow. */
  readonly nth: number | `${number}+`;
}

/** Everything that changes a file system. `close` changes nothing that `write` did not. */
const MUTATING = [
  ...["openat", "write", "pwrite64", "ftruncate", "mkdir", "rename", "link", "symlink", "unlink", "rmdir"],
  ...["chmod", "fchmod", "utimensat", "fsync", "fdatasync"],
];

/**
 * Runs `command` to its end under strace, and lists its calls that changed something below the host directory
 * `dir`, in their order: those of its main thread, and those of its other threads on the locks. What the
 * tools do that it starts is theirs.
 * @param run starts a command and waits for it
 */
export function callPoints(run: (prefix: readonly string[]) => void, dir: string, traceFile: string): CallPoint[] {
  run(["strace", "-qq", ...FOLLOW, "-y", "-s", "512", "-o", traceFile, "-e", `trace=${MUTATING.join(",")}`]);
  const calls = [...parse(readFileSync(traceFile, "utf8"))];
  const main = calls[0]?.thread;
  const counts = new Map<string, number>();
  const points: CallPoint[] = [];
  for (const { thread, syscall, path, changes } of calls) {
    if (thread === main) {
      const nth = (counts.get(syscall) ?? 0) + 1;
      counts.set(syscall, nth);
      if (changes && path.startsWith(`${dir}/`)) points.push({ syscall, path, filter: [], nth });
    } else if (changes && path.includes("/.locks/")) {
      points.push({ syscall, path, filter: [...FOLLOW, "-P", path], nth: 1 });
    }
  }
  return points;
}

/** How many points there were, how many of them were tried, and at how many of those it happened. */
export interface Hits {
  readonly points: number;
  readonly tried: number;
  readonly hits: number;
}

/**
 * Tries a sample of `count` of the points that `list` gives, and throws where most are missed: that would test nothing. A run that
 * took a way of its own when it was listed (a busy machine, a cold cache of compiled code) fits no other one,
 * so the list is made anew, twice at most.
 * @param hitAt lets something happen at a point; false where the run did not come by it
 */
export async function atPoints(
  list: () => readonly CallPoint[],
  count: number,
  hitAt: (point: CallPoint) => Promise<boolean>,
): Promise<Hits> {
  let last: Hits = { points: 0, tried: 0, hits: 0 };
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const points = list();
    const tried = sample(points, count);
    let hits = 0;
    for (const point of tried) if (await hitAt(point)) hits += 1;
    last = { points: points.length, tried: tried.length, hits };
    if (hits > tried.length / 2) return last;
  }
  throw new Error(`the runs do not fit the list of their system calls: ${JSON.stringify(last)}`);
}

/** Arguments that let `point` fail with an error, or kill who makes the call: `error=EIO`, `signal=KILL`. */
export function injectAt({ filter, syscall, nth }: CallPoint, what: string, output = "/dev/null"): string[] {
  return [
    ...["strace", "-qq", ...filter, "-y", "-s", "512", "-o", output, "-e", `trace=${syscall}`],
    ...["-e", `inject=${syscall}:${what}:when=${nth}`],
  ];
}

/** All threads and children; with a filter in the kernel, they are stopped at the calls in question only. */
const FOLLOW = ["-f", "--seccomp-bpf"];

/** Whether the mutating call in this line of a trace is more than an open for reading. */
export function changesFiles(line: string): boolean {
  return !/\bopenat\(/.test(line) || /O_(?:WRONLY|RDWR|CREAT)/.test(line);
}

interface Call {
  readonly thread: string;
  readonly syscall: string;
  readonly path: string;
  readonly changes: boolean;
}

function* parse(trace: string): Generator<Call> {
  for (const line of trace.split("\n")) {
    // A call that another thread's interrupts ends with "<unfinished ...>", and goes on under "<... resumed>".
    const [, thread = "", syscall = "", args = ""] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (syscall === "") continue;
    const [, byDescriptor, byName] = /^(?:AT_FDCWD<[^>]*>, )?(?:\d+<([^>]*)>|"((?:[^"\\]|\\.)*)")/.exec(args) ?? [];
    yield { thread, syscall, path: byDescriptor ?? byName ?? "", changes: changesFiles(line) };
  }
}
