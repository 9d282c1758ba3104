import { choice, list, text, toggle } from "../command-line/flags.js";
import { cacheFlag, verboseFlag } from "../command-line/common-flags.js";

/** Flags of every command that takes a command line: what the command is, for the cache. */
export const runFlags = {
  in: list("PATH", "The command reads this file or directory", { completes: "file" }),
  out: list("PATH", "The command writes this file or directory", { completes: "file" }),
  env: list("NAME", "The value of this environment variable matters"),
  stdin: text("FILE", "Standard input of the command, an input like any other; - is that of runcache", {
    completes: "file",
  }),
  runner: choice(["local", "docker", "podman", "apptainer"], "What runs the command"),
  image: text("IMAGE", "Container image that the command runs in"),
  name: text("NAME", "Name of the tool in reports, instead of the program's"),
  extra: list("K=V", "Part of the key: change it to run again"),
  "ok-exit": text("CODES", "Exit codes that are kept, with commas between them (default 0)"),
  "no-infer": toggle("Arguments that name existing files are no inputs"),
  "no-inputs": toggle("The command reads no files: keep it all the same"),
  ...cacheFlag,
  ...verboseFlag,
};

/** Flags of `run` alone. */
export const onlyRunFlags = {
  link: choice(["copy", "hard", "sym"], "How a hit puts outputs back; links lead to the entry and are read-only"),
  "require-cache": toggle("A run that cannot be cached is a failure (125)"),
  strict: toggle("The same, and undeclared writes into the working directory are such a run"),
};
