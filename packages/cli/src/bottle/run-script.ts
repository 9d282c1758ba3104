import type { JsonValue, Manifest } from "@runcache/core";
import { quoteCommand, quoteWord } from "../output/format.js";
import type { KnownEnvironment } from "./known-environment.js";
import type { Piece, Reproduction } from "./reproduction.js";

/** What a script is made of. */
export interface ScriptFacts {
  readonly manifest: Manifest;
  readonly reproduction: Reproduction;
  readonly environment: KnownEnvironment;
  /** Name of the program in the bottle, below `program/`, or null where it is not there. */
  readonly program: string | null;
}

/** A POSIX shell script, for the directory of an entry in a bottle, that makes the entry again and compares. */
export function runScript(facts: ScriptFacts): string {
  const { manifest, reproduction } = facts;
  const sections = [
    [HEAD(manifest), FUNCTIONS],
    inputLines(facts),
    guardLines(reproduction),
    manifest.image === null ? programLines(facts) : imageLines(manifest, manifest.image),
    [
      `mkdir -p ${reproduction.directories.map(place).join(" ")} || exit 2`,
      ...layLines(reproduction),
      ...programCopy(facts),
    ],
    notes(facts),
    manifest.image === null ? localRun(facts) : containerRun(facts),
    compareLines(facts),
    [TAIL],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** A script for the directory of the bottle, which runs the scripts of its entries, in their order. */
export function bottleScript(keys: readonly string[]): string {
  return `#!/bin/sh
# Makes the ${keys.length === 1 ? "entry" : "entries"} of this bottle again and compares: sh run.sh [DIRECTORY]
# Exit code: 0 all is the same, 1 something differs, 2 something cannot be run here.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P) || exit 2
${keys.length === 1 ? `exec sh "$here/entries/${keys[0] ?? ""}/run.sh" "$@"\n` : chain(keys)}`;
}

/** Each in a directory of its own. */
function chain(keys: readonly string[]): string {
  return `worst=0
for key in ${keys.join(" ")}; do
  status=0
  sh "$here/entries/$key/run.sh" \${1:+"$1/$key"} || status=$?
  [ "$status" -le "$worst" ] || worst=$status
done
exit "$worst"
`;
}

/** Says why there is nothing to run. */
export function noScript(key: string): string {
  return `#!/bin/sh
echo "The entry ${key} holds no command line: what made it was a function, or a tool whose parameters are in no key." >&2
exit 2
`;
}

const HEAD = ({ key, tool, finishedAt }: Manifest): string => `#!/bin/sh
# Runs ${comment(tool.name)} again, as it made the entry ${key}
# (${comment(finishedAt)}), and compares what comes out with what is in this bottle.
#   sh run.sh [DIRECTORY]     DIRECTORY: new or empty, and kept; without it, a temporary one
# Exit code: 0 all is the same, 1 something differs, 2 it cannot be run here.`;

const FUNCTIONS = `set -u
say() { printf '%s\\n' "$*" >&2; }
fail() { say "run.sh: $*"; exit 2; }
b3() { b3sum <"$1" | cut -c1-64; }
has_b3() { command -v b3sum >/dev/null 2>&1; }

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P) || exit 2
temporary=
if [ -z "\${1-}" ]; then
  top=$(mktemp -d "\${TMPDIR:-/tmp}/runcache-run.XXXXXX") || exit 2
  temporary=yes
else
  mkdir -p -- "$1" || exit 2
  top=$(CDPATH= cd -- "$1" && pwd -P) || exit 2
  [ -z "$(ls -A "$top")" ] || fail "$top is not empty: name a new directory"
fi

# input DIGEST NAME: an input in this bottle
input() {
  [ -e "$here/inputs/$2" ] || fail "the input $2 was left out of this bottle: put the file of digest $1 at $here/inputs/$2"
  if [ -f "$here/inputs/$2" ] && has_b3; then
    [ "b3:$(b3 "$here/inputs/$2")" = "$1" ] || fail "the input $2 is not that of the digest $1"
  fi
}

# lay FROM TO: a copy that the run may change
lay() {
  mkdir -p "$(dirname -- "$2")" || exit 2
  if [ -d "$1" ]; then mkdir -p "$2" && cp -RP "$1/." "$2/" || exit 2
  else cp "$1" "$2" || exit 2; fi
}

differs=0
differ() { say "differs  $1"; differs=1; }
# same DIGEST BOTTLED NEW NAME
same() {
  if [ ! -f "$3" ]; then differ "$4: it was not made"
  elif has_b3; then [ "$(b3 "$3")" = "$1" ] || differ "$4"
  else cmp -s "$2" "$3" || differ "$4"; fi
}`;

const TAIL = `if [ "$differs" = 0 ]; then
  say "the same: outputs, standard output and exit code"
  [ -z "$temporary" ] || rm -rf "$top"
else
  say "what came out is in $top"
fi
exit "$differs"`;

function comment(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}

/** In the bottle, below the directory of the entry. */
function bottled(index: number, name: string): string {
  return `"$here"/${quoteWord(`inputs/${index}/${name}`)}`;
}

/** Below the directory of the run, or an absolute host path. */
function place(path: string): string {
  return path.startsWith("/") ? quoteWord(path) : `"$top"/${quoteWord(path)}`;
}

function wordOf(pieces: readonly Piece[]): string {
  const text = pieces.map((piece) => (typeof piece === "string" ? quoteWord(piece) : place(piece.at))).join("");
  return text === "" ? "''" : text;
}

function inputLines({ manifest, reproduction }: ScriptFacts): string[] {
  return reproduction.inputs.flatMap(({ name, kind, path }, index) => {
    const digest = manifest.parts.inputs[index]?.digest ?? "";
    const lines = [`input ${quoteWord(digest)} ${quoteWord(`${index}/${name}`)}`];
    if (kind !== "own") return lines;
    const own = quoteWord(path);
    const note = quoteWord(
      `the command reads ${path} itself, and here that is not what it was (inputs/${index}/${name})`,
    );
    const equal = `{ [ -d ${own} ] && diff -r ${bottled(index, name)} ${own} >/dev/null 2>&1; } || cmp -s ${bottled(index, name)} ${own}`;
    return [...lines, `${equal} || fail ${note}`];
  });
}

/** An absolute path that the command writes by itself may be somebody's file. */
function guardLines({ outputs }: Reproduction): string[] {
  return outputs
    .filter(({ path }) => path.startsWith("/"))
    .map(({ path }) => {
      const note = quoteWord(`the command writes ${path}, which is there already: move it away first`);
      return `[ ! -e ${quoteWord(path)} ] || fail ${note}`;
    });
}

/** Which program runs: one of the same name may be another. */
function programLines({ manifest, reproduction, program }: ScriptFacts): string[] {
  if (reproduction.program !== null && program !== null) return [];
  const [word = []] = reproduction.words;
  const given = wordOf(word);
  const name = quoteCommand(word.map((piece) => (typeof piece === "string" ? piece : piece.at)));
  const lines = [`program=$(command -v ${given}) || fail ${quoteWord(`there is no ${name} here: install it`)}`];
  const digest = programDigest(manifest);
  if (digest === null) return lines;
  const note = quoteWord(`note: this ${name} is not the one that ran, so that something may differ`);
  return [
    ...lines,
    `if has_b3 && [ -f "$program" ] && [ "b3:$(b3 "$program")" != ${quoteWord(digest)} ]; then say ${note}; fi`,
  ];
}

/** Digest of the program that ran, where the entry knows it. */
export function programDigest({ parts, guards }: Pick<Manifest, "parts" | "guards">): string | null {
  const inRunner = executableIn(fieldOf(parts.runner, "program"));
  const found = inRunner ?? executableIn(guards["base"]);
  return found?.startsWith("b3:") === true ? found : null;
}

function executableIn(value: JsonValue | undefined): string | null {
  const executable = fieldOf(value, "executable");
  return typeof executable === "string" ? executable : null;
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, JsonValue>)[name] : undefined;
}

function layLines({ inputs }: Reproduction): string[] {
  return inputs.flatMap(({ name, kind, path }, index) =>
    kind === "copy" ? [`lay ${bottled(index, name)} ${place(path)}`] : [],
  );
}

function programCopy({ reproduction, program }: ScriptFacts): string[] {
  if (reproduction.program === null || program === null) return [];
  return [
    `lay "$here"/${quoteWord(`program/${program}`)} "$top"/${quoteWord(joinPath(reproduction.workDir, reproduction.program))}`,
  ];
}

function joinPath(dir: string, path: string): string {
  const parts = dir.split("/");
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function notes({ manifest, environment }: ScriptFacts): string[] {
  const lines = environment.unknown.map(
    (name) => `the run had a ${name} that this bottle does not know: set it as it was, or something may differ`,
  );
  const extra = fieldOf(manifest.parts.runner, "extraArguments");
  if (Array.isArray(extra) && extra.length > 0) {
    lines.push("the container was given more arguments, which this bottle does not know: something may differ");
  }
  return lines.map((line) => `say ${quoteWord(`note: ${line}`)}`);
}

function localRun({ reproduction, environment }: ScriptFacts): string[] {
  const { words, workDir } = reproduction;
  const settings = [
    ...environment.unset.map((name) => `unset ${name}`),
    ...environment.set.map(([name, value]) => `${name}=${quoteWord(value)} && export ${name}`),
  ];
  return [
    "status=0",
    "(",
    `  cd ${place(workDir)} || exit 2`,
    ...settings.map((line) => `  ${line}`),
    `  exec ${words.map(wordOf).join(" ")}`,
    `) <${stdinFile(reproduction)} >"$top/stdout" 2>"$top/stderr" || status=$?`,
  ];
}

function stdinFile({ stdin, inputs }: Reproduction): string {
  return stdin === null ? "/dev/null" : bottled(stdin, inputs[stdin]?.name ?? "");
}

/** Which image, told by its digest: the name may mean another one by now. */
function imageLines({ tool }: Manifest, image: string): string[] {
  const id = /(?:^|:)sha256:([0-9a-f]{64})$/.exec(image)?.[1];
  const { container_image_tag: tag } = tool;
  const name = typeof tag === "string" ? tag : ""; // others may have made the manifest
  if (id === undefined) return [`fail ${quoteWord(`it ran in ${name} (${image}), which this script cannot start`)}`];
  return [
    `id=${id}`,
    `name=${quoteWord(name.replace(/^docker:\/\//, ""))}`,
    `engine=\${RUNCACHE_ENGINE-}`,
    `for known in docker podman; do
  if [ -z "$engine" ] && "$known" image inspect "$id" >/dev/null 2>&1; then engine=$known; fi
done`,
    `for known in docker podman; do
  if [ -z "$engine" ] && "$known" info >/dev/null 2>&1; then engine=$known; fi
done`,
    `[ -n "$engine" ] || fail "it needs docker or podman, and neither answers"`,
    `if ! "$engine" image inspect "$id" >/dev/null 2>&1; then
  "$engine" pull "$name" >&2 || fail "the image $name cannot be pulled"
  pulled=$("$engine" image inspect --format '{{.Id}}' "$name") || exit 2
  [ "\${pulled#sha256:}" = "$id" ] || fail "$name is another image by now (\${pulled#sha256:}, not $id)"
fi`,
  ];
}

/** As the runners start it: no network, nothing writable but the outputs, arguments that stay arguments. */
function containerRun({ manifest, reproduction, environment }: ScriptFacts): string[] {
  const { words, inputs, stdin } = reproduction;
  const network = fieldOf(manifest.parts.runner, "network");
  const mounts = inputs.flatMap(({ kind, name, path }, index) =>
    kind === "mount" ? [`--mount "$(bind ${bottled(index, name)} ${quoteWord(path)}),readonly"`] : [],
  );
  const options = [
    ...(typeof network === "string" ? [`--network ${quoteWord(network)}`] : []),
    "--hostname runcache --security-opt no-new-privileges --security-opt label=disable",
    '--user "$(id -u):$(id -g)" $mapping --workdir /runcache/output',
    ...(stdin === null ? [] : ["--interactive"]),
    ...mounts,
    `--mount "$(bind "$top/work" /runcache/output)"`,
    ...environment.set.map(([name, value]) => `--env ${quoteWord(`${name}=${value}`)}`),
    ...environment.unknown.map((name) => `--env ${name}`),
    "--entrypoint sh",
  ];
  return [
    `bind() { printf 'type=bind,"source=%s","target=%s"' "$(printf '%s' "$1" | sed 's/"/""/g')" "$2"; }`,
    `mapping=
case $engine in *podman) [ "$(id -u)" = 0 ] || mapping=--userns=keep-id ;; esac`,
    `status=0
"$engine" run --rm --init --pull never \\
  ${options.join(" \\\n  ")} \\
  "$id" -c ${quoteWord(CONTAINER_SCRIPT)} sh \\
  ${words.map(wordOf).join(" ")} \\
  <${stdinFile(reproduction)} >"$top/stdout" 2>"$top/stderr" || status=$?`,
  ];
}

const CONTAINER_SCRIPT =
  'case ${HOME:-/} in / | /runcache/output) export HOME=/tmp ;; esac; command -v bash >/dev/null 2>&1 && exec bash -c \'exec "$@"\' bash "$@"; exec "$@"';

function compareLines({ manifest, reproduction }: ScriptFacts): string[] {
  const { exitCode, outputs, stdout } = manifest;
  const lines = [
    `if [ "$status" != ${exitCode} ]; then
  differ "exit code: $status instead of ${exitCode}"
  tail -n 20 "$top/stderr" >&2
fi`,
    `same ${hex(stdout.digest)} "$here/stdout" "$top/stdout" 'standard output'`,
    // What tools say there holds times and paths: it does not count.
    `cmp -s "$here/stderr" "$top/stderr" || say "note: standard error differs"`,
  ];
  for (const output of outputs) {
    const found = placeOf(reproduction, output.path);
    if (found === null) continue;
    const name = quoteWord(output.path);
    if (output.kind === "file") {
      lines.push(`same ${hex(output.digest)} "$here"/${quoteWord(`outputs/${output.path}`)} ${found} ${name}`);
    } else {
      lines.push(`[ ${output.kind === "dir" ? "-d" : "-e"} ${found} ] || differ ${name}`);
    }
  }
  return lines;
}

function hex(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** Where the output at the entry-relative `path` is after the run, or null for a directory that only holds some. */
function placeOf({ outputs }: Reproduction, path: string): string | null {
  for (const output of outputs) {
    if (output.entryName === "") return place(`${output.path}/${path}`);
    if (path === output.entryName) return place(output.path);
    if (path.startsWith(`${output.entryName}/`)) return place(output.path + path.slice(output.entryName.length));
  }
  return null;
}
