import { readFileSync } from "node:fs";

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

/** Arguments that let `point` fail with an error, or kill who makes the call: `error=EIO`, `signal=KILL`. */
export function injectAt({ filter, syscall, nth }: CallPoint, what: string, output = "/dev/null"): string[] {
  return [
    ...["strace", "-qq", ...filter, "-y", "-s", "512", "-o", output, "-e", `trace=${syscall}`],
    ...["-e", `inject=${syscall}:${what}:when=${nth}`],
  ];
}

/** All threads and children; with a filter in the kernel, they are stopped at the calls in question only. */
const FOLLOW = ["-f", "--seccomp-bpf"];

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
    const changes = syscall !== "openat" || /O_(?:WRONLY|RDWR|CREAT)/.test(args);
    yield { thread, syscall, path: byDescriptor ?? byName ?? "", changes };
  }
}
