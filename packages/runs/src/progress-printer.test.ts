import { expect, test } from "vitest";
import { progressPrinter } from "./progress-printer.js";
import type { ProgressEvent } from "./sweep-progress.js";

const START: ProgressEvent = {
  done: 37,
  hits: 12,
  runs: 25,
  failures: 0,
  total: 100,
  rate: 3.14,
  secondsLeft: 20.1,
  elapsedSeconds: 11.8,
  isEnd: false,
};
const END: ProgressEvent = {
  ...START,
  done: 100,
  runs: 87,
  failures: 1,
  secondsLeft: 0,
  elapsedSeconds: 200,
  isEnd: true,
};

/** What is written of `events` to a stream. */
function written(
  events: readonly Partial<ProgressEvent>[],
  stream: { isTTY?: boolean; columns?: number } = {},
): string {
  let text = "";
  const show = progressPrinter({ label: "decay", stream: { ...stream, write: (part) => (text += part) } });
  for (const event of events) show({ ...START, ...event });
  return text;
}

test("on a terminal one line with a bar is written again and again, and ends with the sweep", () => {
  expect(written([START, END], { isTTY: true, columns: 200 })).toBe(
    "\rdecay [#######-------------] 37/100 37%, 12 hits, 25 runs, 3.1/s, 21 s left\u001B[K" +
      "\rdecay [####################] 100/100 100%, 12 hits, 87 runs, 1 failed, 3.1/s, took 3 min 20 s\u001B[K\n",
  );
});

test("a line never wraps, however narrow the terminal is", () => {
  for (const columns of [1, 20, 80]) {
    const line = written([START], { isTTY: true, columns }).replace("\r", "").replace("\u001B[K", "");
    expect(line.length).toBe(Math.max(1, Math.min(columns - 1, 75)));
  }
});

test("without a terminal there is a line every ten seconds, and one at the end, without control characters", () => {
  const seconds = [0.1, 9.9, 10, 10.1, 19.9, 20, 31];
  const text = written([...seconds.map((elapsedSeconds) => ({ elapsedSeconds })), { ...END, elapsedSeconds: 31.5 }]);
  expect(text.split("\n")).toEqual([
    ...Array<string>(3).fill("decay 37/100 37%, 12 hits, 25 runs, 3.1/s, 21 s left"),
    "decay 100/100 100%, 12 hits, 87 runs, 1 failed, 3.1/s, took 32 s",
    "",
  ]);
});

test("a sweep that is over at once has one line", () => {
  expect(written([{ ...END, done: 0, hits: 0, runs: 1, failures: 0, total: 0, rate: 0, elapsedSeconds: 0 }])).toBe(
    "decay 0/0 100%, 0 hits, 1 run, 0/s, took 0 s\n",
  );
});

test.each<readonly [Partial<ProgressEvent>, string]>([
  [{ total: null, secondsLeft: null }, "decay 37, 12 hits, 25 runs, 3.1/s"],
  [{ rate: 1234.5, secondsLeft: 3600 }, "1235/s, 1 h left"],
  [{ rate: 0.05, secondsLeft: 59.2 }, "3/min, 1 min left"],
  [{ rate: 0.0005, secondsLeft: 273_600 }, "1.8/h, 3 d 4 h left"],
  [{ secondsLeft: 18_130 }, "5 h 2 min left"],
  [{ done: 999, total: 1000 }, "999/1000 99%"],
])("%j is said as it is read best", (event, words) => {
  const line = written([{ elapsedSeconds: 10, ...event }]);
  expect(line).toContain(words);
  if (event.total === null) expect(line).toBe(`${words}\n`);
});
