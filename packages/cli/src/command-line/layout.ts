/** Widest line of text that people read easily. */
const WIDTH = 90;

/** Wider names stand on lines of their own. */
const WIDEST_NAME = 32;

/** Names and what is said of them, in two columns. */
export function columns(rows: readonly (readonly [name: string, text: string])[]): string[] {
  const width = Math.min(WIDEST_NAME, Math.max(...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) => {
    const indent = " ".repeat(width + 4);
    const [first = "", ...rest] = wrap(text, indent);
    if (name.length > width) return [`  ${name}`, first, ...rest];
    return [`  ${name.padEnd(width)}  ${first.trimStart()}`, ...rest];
  });
}

/** `text` in lines of readable width, each after `indent`. */
export function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}
