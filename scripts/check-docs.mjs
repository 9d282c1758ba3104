// @ts-check
// Every TypeScript block of the documentation, and every `@example`, compiles against the built packages.
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { exampleBlocks, markdownBlocks } from "./lib/doc-blocks.mjs";
import { repoFiles } from "./lib/files.mjs";
import { repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

/** What the pages import and the registry does not have, with what has its shape here. */
const standIns = new Map([["niwrap", "@runcache/wrappers"]]);

const blocks = [
  ...repoFiles("*.md", ":!*.api.md").flatMap((file) => markdownBlocks(file, read(file))),
  ...repoFiles("packages/*/src/*.ts").flatMap((file) => exampleBlocks(file, read(file))),
];
/** The blocks as files that exist only in memory. */
const virtual = new Map(blocks.map((block, index) => [virtualName(block, index), block]));
report("docs", compile(), blocks.length, "blocks of TypeScript");

/**
 * An example stands beside its source, as its relative imports expect.
 * @param {import("./lib/doc-blocks.mjs").Block} block
 * @param {number} index
 */
function virtualName({ file }, index) {
  const dir = file.endsWith(".md") ? "test" : path.dirname(file);
  return path.join(repoRoot, dir, `documented-${index}.ts`);
}

/** One line for each error of the compiler, at the place in the page. */
function compile() {
  const configFile = path.join(repoRoot, "test", "tsconfig.json");
  const { config } = ts.readConfigFile(configFile, (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path.dirname(configFile));
  const disk = ts.createCompilerHost(options);
  /** @type {ts.CompilerHost} */
  const host = {
    ...disk,
    fileExists: (name) => virtual.has(name) || disk.fileExists(name),
    readFile: (name) => sourceOf(name) ?? disk.readFile(name),
    getSourceFile: (name, language, ...rest) => {
      const source = sourceOf(name);
      if (source === undefined) return disk.getSourceFile(name, language, ...rest);
      return ts.createSourceFile(name, source, language, true);
    },
    resolveModuleNameLiterals: (literals, importer, redirected, _options, source) =>
      literals.map((literal) => {
        const isShown = virtual.has(importer) && !literal.text.startsWith(".");
        const name = isShown ? (standIns.get(literal.text) ?? literal.text) : literal.text;
        // All packages can be imported from test/, whoever shows the import.
        const from = isShown ? configFile : importer;
        const mode = ts.getModeForUsageLocation(source, literal, options);
        return ts.resolveModuleName(name, from, options, disk, undefined, redirected, mode);
      }),
  };
  const program = ts.createProgram({ rootNames: [...virtual.keys()], options, host });
  const diagnostics = [...virtual.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  return diagnostics.map(describe);
}

/**
 * Every block is a module of its own, whether it imports anything or not.
 * @param {string} name
 */
function sourceOf(name) {
  const block = virtual.get(name);
  return block && `${block.code}\nexport {};\n`;
}

/** @param {ts.Diagnostic} diagnostic */
function describe({ file, start = 0, messageText }) {
  const message = ts.flattenDiagnosticMessageText(messageText, "\n  ");
  const block = file && virtual.get(file.fileName);
  if (file === undefined || block === undefined) return message;
  return `${block.file}:${block.line + file.getLineAndCharacterOfPosition(start).line}: ${message}`;
}

/** @param {string} file */
function read(file) {
  return readFileSync(path.join(repoRoot, file), "utf8");
}
