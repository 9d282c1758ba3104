import { describe, expect, test } from "vitest";
import { exampleBlocks, markdownBlocks } from "../../scripts/lib/doc-blocks.mjs";

const page = (...lines: string[]) => lines.join("\n");

describe("blocks of a Markdown page", () => {
  test("TypeScript blocks are found with the line they begin at; other languages are not", () => {
    const text = page("# Title", "```sh", "npm test", "```", "```ts file=session", "const a = 1;", "", "a;", "```");
    expect(markdownBlocks("README.md", text)).toEqual([{ file: "README.md", line: 6, code: "const a = 1;\n\na;" }]);
  });

  test("a fence inside a longer fence is content", () => {
    const text = page("````md", "```ts", "broken(", "```", "````");
    expect(markdownBlocks("README.md", text)).toEqual([]);
  });

  test("a block in a list loses its indentation", () => {
    const text = page("- item", "  ```ts", "  if (a) {", "    b;", "  }", "  ```");
    expect(markdownBlocks("README.md", text).map(({ code }) => code)).toEqual(["if (a) {\n  b;\n}"]);
  });

  test("a block that continues the one before keeps its own line numbers", () => {
    const text = page("```ts", "const a = 1;", "```", "Prose.", "```ts continues", "a;", "```");
    const [block, ...others] = markdownBlocks("README.md", text);
    expect(others).toEqual([]);
    expect(block?.line).toBe(2);
    expect(block?.code.split("\n")[6 - 2]).toBe("a;");
  });
});

describe("examples in doc comments", () => {
  test("a fenced example ends at its fence, and its line is that of the file", () => {
    const source = page(
      "export const x = 1;",
      "/**",
      " * Adds.",
      " * @example",
      " * ```ts",
      " * add(1);",
      " * ```",
      " * @returns 2",
      " */",
    );
    expect(exampleBlocks("a.ts", source)).toEqual([{ file: "a.ts", line: 6, code: "add(1);" }]);
  });

  test("an example without a fence ends at the next tag", () => {
    const source = page("/**", " * @example", " * add(1);", " * add(2);", " * @param a number", " */");
    expect(exampleBlocks("a.ts", source)).toEqual([{ file: "a.ts", line: 3, code: "add(1);\nadd(2);" }]);
  });

  test("every example of a comment counts", () => {
    const source = page("/**", " * @example", " * one();", " * @example", " * two();", " */");
    expect(exampleBlocks("a.ts", source).map(({ code }) => code.trim())).toEqual(["one();", "two();"]);
  });
});
