import { isatty } from "node:tty";

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** Marks up text for a terminal, or leaves it as it is. */
export type Style = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** Marks up where `colored`. */
export function makeStyle(colored: boolean): Style {
  const paint =
    ([open, close]: readonly [number, number]) =>
    (text: string) =>
      colored && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(CODES.bold),
    dim: paint(CODES.dim),
    red: paint(CODES.red),
    green: paint(CODES.green),
    yellow: paint(CODES.yellow),
    cyan: paint(CODES.cyan),
  };
}

/** Whether what is written to the descriptor `fd` is to have colours: on a terminal, and as the user wishes. */
export function isColored(fd: number, env: NodeJS.ProcessEnv): boolean {
  // https://no-color.org: any value but an empty one; FORCE_COLOR is what Node itself obeys.
  if (isSet(env["NO_COLOR"])) return false;
  if (isSet(env["FORCE_COLOR"])) return env["FORCE_COLOR"] !== "0";
  return isatty(fd) && env["TERM"] !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
