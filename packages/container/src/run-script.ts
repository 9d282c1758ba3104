import { UsageError } from "@runcache/core";

/** What a container's shell is started with. */
export interface RunScript {
  /** Arguments of `sh`. */
  readonly args: readonly string[];
  /** Environment that the engine must bring into the container, under names that mean nothing to the engine. */
  readonly env: Readonly<Record<string, string>>;
}

type Environ = Readonly<Record<string, string>>;

// bash where there is one, because images put set-up into $BASH_ENV. `exec` leaves no shell behind, so
// that signals reach the tool.
const EXEC = `command -v bash >/dev/null 2>&1 && exec bash -c 'exec "$@"' bash "$@"\nexec "$@"`;

/**
 * Runs `cargs` in a shell of the container: arguments stay arguments, nothing is quoted or parsed again.
 * Values of `environ` travel as `RUNCACHE_ENV_<n>`: in no command line, where every user could read them,
 * and without changing the engine's own HOME or PATH.
 * @param environ variables of the tool
 * @param prelude shell text of the engine that comes first
 * @throws UsageError `ERR_RUNCACHE_ENVIRON_NAME` on a name that a shell cannot export
 */
export function runScript(cargs: readonly string[], environ: Environ, prelude: string): RunScript {
  return script(prelude, EXEC, cargs, environ);
}

/** Exit code of {@link probeScript} where the image has no such tool; no engine's own. */
export const PROBE_TOOL_MISSING = 3;

// For a path, `command -v` of some shells looks only whether there is a file.
const PROBE = `tool=$(command -v "$1") && case $tool in */*) [ -x "$tool" ] ;; esac || exit ${PROBE_TOOL_MISSING}`;

/** Asks a container like that of `runScript` whether the tool is there; runs nothing. */
export function probeScript(cargs: readonly string[], environ: Environ, prelude: string): RunScript {
  return script(prelude, PROBE, cargs.slice(0, 1), environ);
}

function script(prelude: string, text: string, args: readonly string[], environ: Environ): RunScript {
  const exports: string[] = [];
  const env: Record<string, string> = {};
  for (const [index, [name, value]] of Object.entries(environ).entries()) {
    const carrier = `RUNCACHE_ENV_${index}`;
    exports.push(`export ${exportable(name)}="$${carrier}"; unset ${carrier}`);
    env[carrier] = value;
  }
  return { args: ["-c", [prelude, ...exports, text].join("\n"), "sh", ...args], env };
}

function exportable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new UsageError(
    "ERR_RUNCACHE_ENVIRON_NAME",
    `environ cannot carry ${JSON.stringify(name)} into a container: a name is letters, digits and underscores, and begins with no digit`,
    { name },
  );
}
