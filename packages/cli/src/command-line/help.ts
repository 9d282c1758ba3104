import type { Style } from "../output/style.js";
import type { AnyCommand } from "./command.js";
import type { Flags } from "./flags.js";
import { columns, wrap } from "./layout.js";
import { TOPICS } from "./topics.js";

/** The list of commands. */
export function overview(commands: readonly AnyCommand[], style: Style): string[] {
  return [
    "Run a command once. Every later run with the same inputs is a lookup.",
    "",
    style.bold("Usage"),
    "  runcache run [FLAG]… -- COMMAND ARG…",
    "  runcache COMMAND [FLAG]… [OPERAND]…",
    "",
    style.bold("Commands"),
    ...columns(commands.flatMap(({ name, summary }) => (name.includes(" ") ? [] : [[name, summary]]))),
    "",
    style.bold("Topics"),
    ...columns(Object.entries(TOPICS).map(([name, { summary }]) => [name, summary])),
    "",
    "'runcache help COMMAND' and 'runcache help TOPIC' say more; --version says which runcache this is.",
  ];
}

/** The page of one command, with the commands that are members of it. */
export function commandHelp(command: AnyCommand, style: Style, members: readonly AnyCommand[] = []): string[] {
  const { name, summary, description, operands, flags, examples } = command;
  const lines = [`runcache ${name}: ${summary}`, "", style.bold("Usage"), `  ${usage(command)}`, ""];
  for (const paragraph of description) lines.push(...wrap(paragraph, ""), "");
  if (members.length > 0) {
    lines.push(style.bold("Commands"), ...columns(members.map((member) => [member.name, member.summary])), "");
  }
  if (operands.length > 0) {
    lines.push(style.bold("Operands"), ...columns(operands.map((operand) => [operand.name, operand.help])), "");
  }
  lines.push(style.bold("Flags"), ...columns([...flagRows(flags), ["-h, --help", "Show this page"]]), "");
  lines.push(style.bold("Examples"), ...examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]));
  return lines;
}

/** How the command is written. */
export function usage({ name, operands, wraps }: AnyCommand): string {
  const words = operands.map(({ name: operand, optional, repeats }) => {
    const word = repeats === true ? `${operand}…` : operand;
    return optional === true ? `[${word}]` : word;
  });
  const wrapped = wraps === true ? ["--", "COMMAND", "ARG…"] : [];
  return ["runcache", name, "[FLAG]…", ...words, ...wrapped].join(" ");
}

/** A flag as it is written: `-v, --verbose`, `--out PATH …`. */
function flagRows(flags: Flags): (readonly [string, string])[] {
  return Object.entries(flags).map(([name, { short, metavar, help, repeats }]) => {
    const value = metavar === null ? "" : ` ${metavar}`;
    const many = repeats === true ? " (repeats)" : "";
    return [`${short === undefined ? "" : `-${short}, `}--${name}${value}`, help + many];
  });
}
