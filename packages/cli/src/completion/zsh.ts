import type { AnyCommand, Operand } from "../command-line/command.js";
import type { Completes, Flag } from "../command-line/flags.js";
import { grouped } from "./members.js";

/** A completion script for zsh. */
export function zshCompletion(commands: readonly AnyCommand[], topics: readonly string[]): string {
  const { single, members } = grouped(commands);
  return `#compdef runcache
# Completion of runcache for zsh: runcache completion zsh > "\${fpath[1]}/_runcache"
_runcache_keys() {
  local -a keys
  keys=(\${(f)"$(runcache ls --limit 200 2>/dev/null | awk 'NR > 1 { print $1 ":" $2 }')"})
  _describe key keys
}
_runcache_tools() {
  local -a tools
  tools=(\${(f)"$(runcache ls 2>/dev/null | awk 'NR > 1 { print $2 }' | sort -u)"})
  compadd -a tools
}
_runcache() {
  local -a commands topics
  commands=(
${single.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join("\n")}
  )
  topics=(${topics.join(" ")})
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${[...members].map(membersCase).join("\n")}
  esac
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _runcache ]]; then _runcache "$@"; else compdef _runcache runcache; fi
`;
}

/** The second word of a command that has two. */
function membersCase([name, seconds]: readonly [string, readonly string[]]): string {
  return `    ${name})
      if ((CURRENT == 2)); then
        compadd ${seconds.join(" ")}
        return
      fi
      command="$command $words[2]"
      shift words
      ((CURRENT--)) ;;`;
}

function commandCase(command: AnyCommand): string {
  const specs = Object.entries(command.flags).map(([name, flag]) => flagSpec(name, flag));
  const operands =
    command.name === "help"
      ? ["':topic:{_describe command commands; compadd -a topics}'"]
      : command.operands.map(operandSpec);
  const wrapped = command.wraps === true ? ["'*:::command:_normal'"] : [];
  const lines = [...specs, "'(-h --help)'{-h,--help}'[Show help]'", ...operands, ...wrapped];
  return `    ${quote(command.name)})\n      _arguments -S \\\n${lines.map((line) => `        ${line}`).join(" \\\n")}\n      ;;`;
}

function flagSpec(name: string, flag: Flag<unknown>): string {
  const { metavar, help, repeats, short } = flag;
  const value = metavar === null ? "" : `:${escape(metavar)}:${actionOf(flag)}`;
  const text = `[${escape(help)}]${value}`;
  if (short !== undefined) return `'(-${short} --${name})'{-${short},--${name}}${quote(text)}`;
  return quote(`${repeats === true ? "*" : ""}--${name}${metavar === null ? "" : "="}${text}`);
}

function operandSpec({ name, optional, repeats, completes }: Operand): string {
  const action = actionFor(completes);
  if (repeats === true) return quote(`*:${name}:${action}`);
  return quote(`${optional === true ? "::" : ":"}${name}:${action}`);
}

function actionOf({ choices, completes }: Flag<unknown>): string {
  return choices === undefined ? actionFor(completes) : `(${choices.join(" ")})`;
}

function actionFor(completes: Completes | undefined): string {
  switch (completes) {
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "program":
      return "_command_names";
    case "key":
      return "_runcache_keys";
    case "tool":
      return "_runcache_tools";
    case undefined:
      return " ";
  }
}

function escape(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
