import { text, list, count } from "../command-line/flags.js";

/** Which store. */
export const storeFlags = {
  dir: text("DIR", "Directory of the store (default the cache)", { completes: "directory" }),
  name: text("NAME", "Name of the store (default the only one there)"),
  index: text("ADDRESS", "PostgreSQL index of the store: postgresql://user@host/database (default the one it has)"),
};

/** How the store reads floats, where a command makes keys. */
export const digitsFlag = {
  "float-digits": count("Significant digits that the store keeps of floats (default 12)"),
};

/** Which version's runs, where a command is about one. */
export const versionFlag = {
  version: text("VERSION", "Version of the simulation"),
};

/** Which runs. */
export const whereFlags = {
  where: list("CONDITION", "Only runs of which this holds: dt<0.01 and method=rk4; of several, all must hold"),
  ...digitsFlag,
  ...versionFlag,
};
