// @ts-check
// Finds the TypeScript that documentation shows: fenced blocks of Markdown, and `@example`s of doc comments.

/**
 * A piece of code in a file.
 * @typedef {{ file: string, line: number, code: string }} Block  `line`: of its first line of code, from 1
 */

/**
 * The ```ts blocks of a Markdown file. A block opened with "```ts continues" goes on where the one before ended.
 * @param {string} file
 * @param {string} text
 * @returns {Block[]}
 */
export function markdownBlocks(file, text) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {{ indent: number, fence: string, info: string, line: number, lines: string[] } | undefined} */
  let open;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== undefined) open = { indent: indent.length, fence, info: info.trim(), line: index + 2, lines: [] };
    } else if (fence !== undefined && fence.startsWith(open.fence) && info.trim() === "") {
      close(open);
      open = undefined;
    } else {
      // The fence's own indentation, in a list say, is not part of the code.
      open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
    }
  }
  return blocks;

  /** @param {NonNullable<typeof open>} block */
  function close({ info, line, lines }) {
    const [language, continues] = info.split(/\s+/);
    if (language !== "ts" && language !== "typescript") return;
    const before = continues === "continues" ? blocks.at(-1) : undefined;
    const code = lines.join("\n");
    if (before === undefined) {
      blocks.push({ file, line, code });
    } else {
      // Empty lines stand for the prose between, so that line numbers stay right.
      const gap = line - before.line - before.code.split("\n").length;
      before.code += "\n".repeat(gap + 1) + code;
    }
  }
}

/**
 * The `@example`s in the doc comments of a source file: their ```ts blocks, or the whole text where there is no fence.
 * @param {string} file
 * @param {string} text
 * @returns {Block[]}
 */
export function exampleBlocks(file, text) {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    // Blanked instead of cut, so that line numbers stay right.
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\*(?!\/) ?)|\s*\*\/$/g, ""));
    return sections(lines).flatMap(({ start, end }) => {
      const example = lines.map((line, index) => (index > start && index < end ? line : ""));
      const fenced = markdownBlocks(file, example.join("\n"));
      const blocks = example.join("").includes("```")
        ? fenced
        : [{ file, line: start + 2, code: lines.slice(start + 1, end).join("\n") }];
      return blocks.map((block) => ({ ...block, line: block.line + firstLine - 1 }));
    });
  });
}

/**
 * Where the `@example` sections of a comment begin and end.
 * @param {string[]} lines
 */
function sections(lines) {
  const isTag = (/** @type {string} */ line) => /^@\w/.test(line);
  return lines.flatMap((line, start) => {
    if (!line.startsWith("@example")) return [];
    const next = lines.findIndex((other, index) => index > start && isTag(other));
    return [{ start, end: next === -1 ? lines.length : next }];
  });
}
