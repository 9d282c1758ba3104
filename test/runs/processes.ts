import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The index that processes insert into. */
export interface SharedIndex {
  readonly kind: "sqlite" | "postgres";
  readonly url?: string;
  /** Host path. */
  readonly dir: string;
  readonly name: string;
}

/** Starts processes that each insert rows of their own, and resolves to the ids of all when they ended well. */
export async function insertAtOnce(
  index: SharedIndex,
  { processes, rows }: { readonly processes: number; readonly rows: number },
): Promise<string[]> {
  const names = Array.from({ length: processes }, (_, process) => `process ${String(process)}`);
  await Promise.all(
    names.map(async (what) => {
      const child = startInserting(index, what, rows);
      child.stdout.resume();
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) throw new Error(`a process that inserts ended with ${String(code)}`);
    }),
  );
  return names.flatMap((what) => Array.from({ length: rows }, (_, n) => idOf(what, n)));
}

/** Kills a process that inserts, in the middle of it; resolves to the ids that it said are kept. */
export async function insertUntilKilled(index: SharedIndex): Promise<string[]> {
  const child = startInserting(index, "killed", 1_000_000);
  const exited = once(child, "exit");
  const kept: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    kept.push(line);
    if (kept.length === 50) child.kill("SIGKILL");
  }
  const [, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  if (signal !== "SIGKILL") throw new Error(`the process was not killed, it ended: ${String(signal)}`);
  // A line that the kill cut is none.
  return kept.filter((id) => id.length === 64);
}

/** As the program makes it. */
function idOf(what: string, n: number): string {
  return createHash("sha256")
    .update(`${what} ${String(n)}`)
    .digest("hex");
}

function startInserting(index: SharedIndex, what: string, rows: number): ChildProcessByStdio<null, Readable, null> {
  const program = fileURLToPath(new URL("insert-rows.mjs", import.meta.url));
  const options = JSON.stringify({ ...index, what, rows });
  return spawn(process.execPath, [program, options], { stdio: ["ignore", "pipe", "inherit"] });
}
