// @ts-check
// A figure says something only where nobody else used the machine, so both are looked at: before, and meanwhile.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Share of all cores in use below which a machine counts as quiet. */
const QUIET = 0.05;
const LOOK_MS = 3_000;

/** Linux counts in hundredths of a second towards programs. */
const TICK_MS = 10;

/**
 * Waits until the machine is quiet, up to `limitMs`. Without /proc it asks for the load average instead.
 * @param {number} limitMs
 * @returns {Promise<number>} share of all cores that was in use at last, 0 to 1
 */
export async function waitForQuiet(limitMs) {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { others } = await othersDuring(() => sleep(LOOK_MS));
    const share = others ?? (loadavg()[0] ?? 0) / availableParallelism();
    if (share < QUIET || performance.now() >= deadline) return share;
  }
}

/**
 * Carries out `work`, and tells which share of all cores was meanwhile used by what is no child of this process.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<{ result: T, others: number | null }>} null where the system does not tell
 */
export async function othersDuring(work) {
  const before = usedMs();
  const start = performance.now();
  const result = await work();
  const elapsedMs = (performance.now() - start) * availableParallelism();
  const after = usedMs();
  if (before === null || after === null) return { result, others: null };
  const othersMs = after.all - before.all - (after.own - before.own);
  return { result, others: Math.max(0, othersMs / elapsedMs) };
}

/** CPU milliseconds so far: of everybody, and of this process with its children that have ended. */
function usedMs() {
  if (!existsSync("/proc/stat")) return null;
  const numbers = (/** @type {string} */ text) => text.trim().split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = numbers(
    /^cpu (.*)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1] ?? "",
  );
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = numbers(stat.slice(stat.lastIndexOf(")") + 4)); // from field 4 of proc(5)
  const own = [14, 15, 16, 17].reduce((sum, field) => sum + (fields[field - 4] ?? 0), 0);
  return { all: (user + nice + system + irq + softirq + steal) * TICK_MS, own: own * TICK_MS };
}
