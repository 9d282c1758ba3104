import { stripVTControlCharacters } from "node:util";
import type { ProgressEvent, ProgressListener } from "./sweep-progress.js";

/** Options of `progressPrinter`. */
export interface ProgressPrinterOptions {
  /** Where it is written to. @default process.stderr */
  readonly stream?: ProgressStream;
  /** Stands before the numbers. @default "sweep" */
  readonly label?: string;
}

/** What is needed of a stream; `process.stderr` has it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Seconds between two lines where there is no terminal. */
const LINE_SECONDS = 10;
/** Cells of the bar. */
const BAR = 20;
/** Clears the rest of the line. */
const CLEAR = "\u001B[K";

/**
 * Shows how far a sweep is: on a terminal one line with a bar, else a line every ten seconds, and one at the end.
 * @example
 * ```ts
 * import { progressPrinter, type RunStore, type RunFunction } from "@runcache/runs";
 * async function main(store: RunStore, runner: RunFunction): Promise<void> {
 *   await store.sweep([{ n: 1 }], runner, { progress: progressPrinter({ label: "decay" }) });
 * }
 * ```
 */
export function progressPrinter({
  stream = process.stderr,
  label = "sweep",
}: ProgressPrinterOptions = {}): ProgressListener {
  const name = stripVTControlCharacters(label);
  if (stream.isTTY === true) {
    return (event) => {
      // One column less: a line that is full wraps on some terminals, and is then not the one rewritten.
      const line = `${name} ${bar(event)}${progressText(event)}`.slice(0, Math.max(1, (stream.columns ?? 80) - 1));
      stream.write(`\r${line}${CLEAR}${event.isEnd ? "\n" : ""}`);
    };
  }
  let next = LINE_SECONDS;
  return (event) => {
    if (!event.isEnd && event.elapsedSeconds < next) return;
    next = event.elapsedSeconds + LINE_SECONDS;
    stream.write(`${name} ${progressText(event)}\n`);
  };
}

/** `37/100 37%, 12 hits, 25 runs, 3.1/s, 20 s left` */
function progressText(event: ProgressEvent): string {
  const { done, total, hits, runs, failures, rate, secondsLeft, elapsedSeconds, isEnd } = event;
  const parts = [
    total === null ? String(done) : `${done}/${total} ${percent(done, total)}%`,
    `${hits} ${hits === 1 ? "hit" : "hits"}`,
    `${runs} ${runs === 1 ? "run" : "runs"}`,
    ...(failures === 0 ? [] : [`${failures} failed`]),
    rateText(rate),
    ...(isEnd ? [`took ${duration(elapsedSeconds)}`] : secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ];
  return parts.join(", ");
}

function bar({ done, total }: ProgressEvent): string {
  if (total === null) return "";
  const filled = Math.floor((percent(done, total) / 100) * BAR);
  return `[${"#".repeat(filled)}${"-".repeat(BAR - filled)}] `;
}

/** Rounded down: 100 is said of what is done. */
function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
}

/** Of slow sweeps an hour says more than a second. */
function rateText(rate: number): string {
  const [value, unit] =
    rate >= 0.1 || rate === 0 ? [rate, "s"] : rate * 60 >= 0.1 ? [rate * 60, "min"] : [rate * 3600, "h"];
  return `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))}/${unit}`;
}

/** `8 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h` */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const;
  const fitting = units.findIndex(([size]) => whole >= size);
  const first = fitting === -1 ? units.length - 1 : fitting;
  let rest = whole;
  const parts: string[] = [];
  for (const [size, unit] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length === 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}
