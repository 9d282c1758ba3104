import { SETTINGS } from "../config/settings.js";
import { columns } from "./layout.js";

/** Something that help explains and that is no command. */
export interface Topic {
  /** One line for the list, without a full stop. */
  readonly summary: string;
  readonly lines: readonly string[];
}

const EXIT_CODE_LINES = columns([
  ["0", "done; the answer is yes"],
  [
    "1",
    "done; the answer is no: 'why' says miss, 'diff' or 'check' found differences, 'verify' damage, 'doctor' a problem",
  ],
  ["125", "runcache itself failed, or a run could not be cached with --require-cache"],
  ["126", "the command of 'run' cannot be executed"],
  ["127", "the command of 'run' was not found"],
  ["128 + n", "signal n ended the command of 'run', or runcache"],
  ["any other", "the exit code of the command of 'run'"],
]);

const OTHER_VARIABLES: readonly (readonly [string, string])[] = [
  ["NO_COLOR", "no colours, whatever it is set to"],
  ["FORCE_COLOR", "colours, also where nobody looks at a terminal"],
  ["DEBUG", "runcache:* writes every event to standard error"],
  ["XDG_CACHE_HOME", "where the cache lies while RUNCACHE_DIR is not set"],
  ["XDG_STATE_HOME", "where counts go that the cache does not take"],
];

const KEY_LINES = [
  "Two runs are the same where all of this is:",
  "",
  "  the command line, word for word: a command may print its arguments",
  "  the content of the program, and its name",
  "  content and name of every input: arguments that name files, --in, --stdin",
  "  the places of inputs and outputs, relative to the working directory",
  "  LANG, LC_* and TZ, and the variables that --env names",
  "  what --extra says",
  "  in a container: the image, by its digest",
  "",
  "The working directory itself is not in it, nor are times, owners, or the rest of the environment.",
  "What the command reads without being told (a configuration in the home directory, libraries, the",
  "clock, the network, old content of its outputs) is not seen: name it with --in, --env or --extra.",
  "A directory that an argument names may hold what is read: --in or --out has to name it, what holds it, or",
  "something in it, else the command runs without the cache. --no-infer and --no-inputs are your word for it.",
];

/** Topics of `runcache help`, in their order. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  "exit-codes": {
    summary: "What the exit code says",
    lines: EXIT_CODE_LINES,
  },
  environment: {
    summary: "Variables that runcache obeys",
    lines: columns([...Object.values(SETTINGS).map(({ env, help }) => [env, help] as const), ...OTHER_VARIABLES]),
  },
  key: {
    summary: "What makes two runs the same",
    lines: KEY_LINES,
  },
};
