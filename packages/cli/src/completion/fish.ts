import type { AnyCommand } from "../command-line/command.js";
import type { Completes, Flag } from "../command-line/flags.js";
import { grouped } from "./members.js";

/** A completion script for fish. */
export function fishCompletion(commands: readonly AnyCommand[], topics: readonly string[]): string {
  const { single, members } = grouped(commands);
  const names = single.map(({ name }) => name);
  return `# Completion of runcache for fish: runcache completion fish > ~/.config/fish/completions/runcache.fish
function __runcache_keys
    runcache ls --limit 200 2>/dev/null | awk 'NR > 1 { print $1 "\\t" $2 }'
end
function __runcache_tools
    runcache ls 2>/dev/null | awk 'NR > 1 { print $2 }' | sort -u
end
function __runcache_wrapped
    contains -- -- (commandline -opc)
end
function __runcache_complete_wrapped
    set -l words (commandline -opc)
    set -l after $words[(math (contains -i -- -- $words) + 1)..-1]
    complete -C (string join ' ' -- (string escape -- $after) (commandline -ct))
end
complete -c runcache -f
complete -c runcache -n __runcache_wrapped -a '(__runcache_complete_wrapped)'
${single.map(commandLine).join("\n")}
${[...members].map(membersLine).join("\n")}
complete -c runcache -n '__fish_seen_subcommand_from help' -a '${[...names, ...topics].join(" ")}'
${commands.flatMap((command) => flagLines(command, [...members.keys()])).join("\n")}
`;
}

function commandLine({ name, summary }: AnyCommand): string {
  return `complete -c runcache -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`;
}

/** The second words of a command that has two. */
function membersLine([name, seconds]: readonly [string, readonly string[]]): string {
  const words = seconds.join(" ");
  return `complete -c runcache -n '__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${words}' -a '${words}'`;
}

/** @param groups first words of commands that have two */
function flagLines(command: AnyCommand, groups: readonly string[]): string[] {
  const [first = "", second] = command.name.split(" ");
  const seen =
    second === undefined
      ? // `runs ls` is another command than `ls`.
        [
          first,
          ...groups.filter((group) => group !== first).map((group) => `; and not __fish_seen_subcommand_from ${group}`),
        ]
      : [first, `; and __fish_seen_subcommand_from ${second}`];
  const condition = `-n '__fish_seen_subcommand_from ${seen.join("")}; and not __runcache_wrapped'`;
  const flags = Object.entries(command.flags).map(([name, flag]) => {
    const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
    return `complete -c runcache ${condition} -l ${name}${short}${valueOf(flag)} -d ${quote(flag.help)}`;
  });
  const completes = command.operands[0]?.completes;
  const words = completes === undefined ? "" : wordsFor(completes);
  return words === "" ? flags : [...flags, `complete -c runcache ${condition}${words}`];
}

function valueOf({ metavar, choices, completes }: Flag<unknown>): string {
  if (metavar === null) return "";
  return choices === undefined ? ` -r${wordsFor(completes)}` : ` -x -a '${choices.join(" ")}'`;
}

function wordsFor(completes: Completes | undefined): string {
  switch (completes) {
    case "file":
      return " -F";
    case "directory":
      return " -a '(__fish_complete_directories)'";
    case "program":
      return " -a '(__fish_complete_command)'";
    case "key":
      return " -a '(__runcache_keys)'";
    case "tool":
      return " -a '(__runcache_tools)'";
    case undefined:
      return "";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
