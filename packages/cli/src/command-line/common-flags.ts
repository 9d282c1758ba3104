import { text, toggle } from "./flags.js";

/** Which cache. */
export const cacheFlag = {
  cache: text("DIR", "Directory of the cache", { completes: "directory" }),
};

/** More words on standard error. */
export const verboseFlag = {
  verbose: toggle("Say on standard error what happens", { short: "v" }),
};

/** A report for programs. */
export const jsonFlag = {
  json: toggle("Write the report as JSON"),
};
