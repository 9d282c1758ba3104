import { readFileSync } from "node:fs";
import { environmentDigest, hasCode, UsageError } from "@runcache/core";

/**
 * The user's own arguments for an engine as they enter the key: values of environment variables as
 * digests, and in place of what an argument refers to (`--env NAME`, `--env-file PATH`) what it means now.
 * @param args as given to the runner
 * @param environ where the engine's client finds the value of `--env NAME`
 * @throws UsageError `ERR_RUNCACHE_ENV_FILE` where a file of `--env-file` cannot be read
 */
export function fingerprintExtraArguments(
  args: readonly string[],
  environ: Readonly<Record<string, string | undefined>>,
): string[] {
  const result: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    const joined = /^(--env|--env-file)=(.*)$/s.exec(argument) ?? /^(-e)(.+)$/s.exec(argument);
    const separate = ["--env", "-e", "--env-file"].includes(argument) && index + 1 < args.length;
    if (joined === null && !separate) {
      result.push(argument);
      continue;
    }
    const [option, value] = joined === null ? [argument, args[(index += 1)] ?? ""] : [joined[1] ?? "", joined[2] ?? ""];
    result.push(option === "--env-file" ? "--env-file" : "--env");
    result.push(option === "--env-file" ? environmentDigest(readEnvFile(value)) : setting(value, environ));
  }
  return result;
}

/** Whether `args` holds one of the `options`, as `--option value` or `--option=value`. */
export function hasOption(args: readonly string[], ...options: readonly string[]): boolean {
  return args.some((argument) => options.some((option) => argument === option || argument.startsWith(`${option}=`)));
}

/** `NAME=<digest>`; `NAME` alone is unset. */
function setting(text: string, environ: Readonly<Record<string, string | undefined>>): string {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? environ[name] : text.slice(equals + 1);
  return value === undefined ? name : `${name}=${environmentDigest(value)}`;
}

function readEnvFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EACCES", "EISDIR", "ENOTDIR")) throw error;
    throw new UsageError(
      "ERR_RUNCACHE_ENV_FILE",
      `--env-file ${JSON.stringify(path)} among the extra arguments cannot be read: ${error.message}`,
      { path },
      error,
    );
  }
}
