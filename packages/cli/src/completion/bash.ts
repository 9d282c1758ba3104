import type { AnyCommand } from "../command-line/command.js";
import type { Completes, Flag } from "../command-line/flags.js";
import { grouped } from "./members.js";

/** A completion script for bash. */
export function bashCompletion(commands: readonly AnyCommand[], topics: readonly string[]): string {
  const { single, members } = grouped(commands);
  const names = single.map(({ name }) => name);
  return `# Completion of runcache for bash: source <(runcache completion bash)
_runcache() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]-} i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${[...names, "--help", "--version"].join(" ")}" -- "$cur"))
    return
  fi
  case $command in
${[...members].map(membersCase).join("\n")}
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    if ((i + 1 == COMP_CWORD)); then COMPREPLY=($(compgen -c -f -- "$cur"))
    else COMPREPLY=($(compgen -f -- "$cur")); fi
    return
  done
  case "$command $prev" in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${commands.map(flagsCase).join("\n")}
    esac
    return
  fi
  case $command in
    help) COMPREPLY=($(compgen -W "${[...names, ...topics].join(" ")}" -- "$cur")) ;;
${commands.flatMap(operandCase).join("\n")}
  esac
}
complete -o bashdefault -o default -F _runcache runcache
`;
}

/** The second word of a command that has two. */
function membersCase([name, seconds]: readonly [string, readonly string[]]): string {
  return `    ${name})
      if ((COMP_CWORD == 2)); then
        COMPREPLY=($(compgen -W "${[...seconds, "--help"].join(" ")}" -- "$cur"))
        return
      fi
      command="$command \${COMP_WORDS[2]-}" ;;`;
}

function valueCases(command: AnyCommand): string[] {
  return Object.entries(command.flags).flatMap(([name, flag]) => {
    if (flag.metavar === null) return [];
    return [`    "${command.name} --${name}") COMPREPLY=(${valuesOf(flag)}); return ;;`];
  });
}

function valuesOf({ choices, completes }: Flag<unknown>): string {
  return choices === undefined ? wordsFor(completes) : `$(compgen -W "${choices.join(" ")}" -- "$cur")`;
}

function wordsFor(completes: Completes | undefined): string {
  switch (completes) {
    case "file":
      return '$(compgen -f -- "$cur")';
    case "directory":
      return '$(compgen -d -- "$cur")';
    case "program":
      return '$(compgen -c -- "$cur")';
    case "key":
      return `$(compgen -W "$(runcache ls --limit 200 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$cur")`;
    case "tool":
      return `$(compgen -W "$(runcache ls 2>/dev/null | awk 'NR > 1 { print $2 }' | sort -u)" -- "$cur")`;
    case undefined:
      return "";
  }
}

function flagsCase({ name, flags }: AnyCommand): string {
  const words = [...Object.keys(flags).map((flag) => `--${flag}`), "--help"].join(" ");
  return `      "${name}") COMPREPLY=($(compgen -W "${words}" -- "$cur")) ;;`;
}

function operandCase({ name, operands }: AnyCommand): string[] {
  const completes = operands[0]?.completes;
  return completes === undefined ? [] : [`    "${name}") COMPREPLY=(${wordsFor(completes)}) ;;`];
}
