/**
 * One import for everyone: the cache and the local runner. Container engines and what else is seldom needed are loaded
 * when they are asked for.
 *
 * @packageDocumentation
 */
export * from "@runcache/core";
export * from "@runcache/local";
export {
  AUTO_RUNNERS,
  autoRunner,
  chooseRunner,
  type AutoRunnerName,
  type AutoRunnerOptions,
  type ChosenRunner,
} from "./auto-runner.js";
export { StatsRecorder } from "./stats/stats-recorder.js";
