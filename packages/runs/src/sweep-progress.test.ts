import { expect, test } from "vitest";
import { SweepProgress, type ProgressEvent } from "./sweep-progress.js";

/** A sweep whose points take what is said; each is told of. */
function sweepOf(total: number | null) {
  const events: ProgressEvent[] = [];
  let nowMs = 5000;
  const progress = new SweepProgress(
    (event) => events.push(event),
    total,
    () => nowMs,
  );
  const points = (count: number, milliseconds: number, done: () => void): void => {
    for (let point = 0; point < count; point++) {
      nowMs += milliseconds;
      done();
    }
  };
  return {
    events,
    hits: (count: number, milliseconds = 0.1) => points(count, milliseconds, () => progress.done(true)),
    runs: (count: number, milliseconds: number) => points(count, milliseconds, () => progress.done(false)),
    failures: (count: number, milliseconds: number) => points(count, milliseconds, () => progress.failed()),
    wait: (milliseconds: number) => (nowMs += milliseconds),
    end: () => progress.end(),
    left: () => events.at(-1)?.secondsLeft,
  };
}

test("runs that take the same tell the rest exactly", () => {
  const sweep = sweepOf(100);
  sweep.runs(10, 2000);
  expect(sweep.events).toHaveLength(10);
  expect(sweep.events.at(-1)).toMatchObject({ done: 10, runs: 10, hits: 0, elapsedSeconds: 20 });
  expect(sweep.events.at(-1)?.rate).toBeCloseTo(0.5, 9);
  expect(sweep.left()).toBeCloseTo(180, 6);
});

test("a sweep that goes on after ten thousand hits soon knows what its runs take", () => {
  const sweep = sweepOf(10_100);
  sweep.hits(10_000);
  sweep.runs(40, 10_000);
  // 60 runs of 10 s; by the overall average it would be 2.4 s.
  expect(sweep.left()).toBeGreaterThan(500);
  expect(sweep.left()).toBeLessThanOrEqual(600);
});

test("hits between runs count as hits", () => {
  const sweep = sweepOf(2000);
  for (let pair = 0; pair < 500; pair++) {
    sweep.hits(1);
    sweep.runs(1, 1000);
  }
  // 500 of the 1000 that are left have to be run.
  expect(sweep.left()).toBeGreaterThan(490);
  expect(sweep.left()).toBeLessThan(540);
});

test("a stretch of hits does not make the runs behind it forgotten", () => {
  const sweep = sweepOf(2000);
  sweep.runs(500, 1000);
  sweep.hits(500, 1);
  expect(sweep.left()).toBeGreaterThan(490);
});

test("runs that become slower are believed, and those that become quicker", () => {
  const sweep = sweepOf(1000);
  sweep.runs(300, 100);
  sweep.runs(200, 1000);
  expect(sweep.left()).toBeGreaterThan(480);
  sweep.runs(300, 10);
  expect(sweep.left()).toBeLessThan(3);
});

test("runs that end together, because they were under way together, count once", () => {
  const sweep = sweepOf(800);
  for (let batch = 0; batch < 50; batch++) {
    sweep.runs(1, 8000);
    sweep.runs(7, 0);
  }
  // 400 left, 8 at once: 50 batches of 8 s.
  expect(sweep.left()).toBeGreaterThan(360);
  expect(sweep.left()).toBeLessThan(440);
});

test("failed runs take time as others do", () => {
  const sweep = sweepOf(20);
  sweep.failures(10, 3000);
  expect(sweep.events.at(-1)).toMatchObject({ failures: 10, done: 10 });
  expect(sweep.left()).toBeCloseTo(30, 6);
});

test("hits alone are told by hits, of which the first of a chunk waits for all", () => {
  const sweep = sweepOf(100_000);
  for (let chunk = 0; chunk < 20; chunk++) {
    sweep.hits(1, 50);
    sweep.hits(499, 0);
  }
  // 180 chunks of 50 ms.
  expect(sweep.left()).toBeGreaterThan(7);
  expect(sweep.left()).toBeLessThan(13);
});

test("events come at most ten times a second", () => {
  const sweep = sweepOf(1000);
  sweep.runs(100, 10);
  expect(sweep.events).toHaveLength(10);
});

test("the end tells of the whole sweep, time at the end included", () => {
  const sweep = sweepOf(11);
  sweep.hits(10, 100);
  sweep.runs(1, 1000);
  sweep.wait(3000);
  expect(sweep.end()).toEqual({
    done: 11,
    hits: 10,
    runs: 1,
    failures: 0,
    total: 11,
    rate: 2.2,
    secondsLeft: 0,
    elapsedSeconds: 5,
    isEnd: true,
  });
  expect(sweep.events.at(-1)?.isEnd).toBe(true);
});

test.each([null, 0])("of %j points nothing is left that is known", (total) => {
  const sweep = sweepOf(total);
  expect(sweep.end()).toMatchObject({ done: 0, rate: 0, secondsLeft: null });
  sweep.runs(3, 1000);
  expect(sweep.left()).toBe(total);
});
