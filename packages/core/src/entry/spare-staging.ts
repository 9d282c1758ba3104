import { rmdirSync, unlinkSync } from "node:fs";
import { below } from "../platform/below.js";
import { Spares } from "../platform/spares.js";
import { isSystemError } from "../platform/system-error.js";
import { OWNER_NAME } from "./layout.js";

/** Staging directories of this process that hold nothing but their owner, as host paths, by their cache root. */
export const spareStagings = new Spares<string>((dir) => {
  try {
    unlinkSync(below(dir, OWNER_NAME));
    rmdirSync(dir);
  } catch (error) {
    if (!isSystemError(error)) throw error; // removed by somebody, or left to the next sweep
  }
});
