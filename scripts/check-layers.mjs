// @ts-check
// Data flows one way: a package imports only the packages below it, by their index; inside core, a stage only the stages
// before it; and whatever a package imports, its package.json declares. Tests may import what they like.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";
import { repoFiles } from "./lib/files.mjs";
import { packageDirs, readManifest, repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

/**
 * What each package may import. A package that is not listed may import nothing of ours.
 * @type {Record<string, string[]>}
 */
const allowed = {
  "@runcache/core": [],
  "@runcache/local": ["@runcache/core"],
  "@runcache/container": ["@runcache/core", "@runcache/local"],
  "@runcache/docker": ["@runcache/core", "@runcache/local", "@runcache/container"],
  "@runcache/podman": ["@runcache/core", "@runcache/local", "@runcache/container"],
  "@runcache/apptainer": ["@runcache/core", "@runcache/local", "@runcache/container"],
  "@runcache/slurm": ["@runcache/core", "@runcache/container"],
  "@runcache/remote": ["@runcache/core"],
  "@runcache/runs": ["@runcache/core"],
  "@runcache/experiment": ["@runcache/core", "@runcache/runs"],
  "@runcache/registry": ["@runcache/core", "@runcache/runs"],
  "@runcache/dashboard": ["@runcache/core", "@runcache/runs", "@runcache/registry"],
};
/** The command may import every package. */
const top = "runcache";

/** Core's stages, first to last; stages of one line do not import each other. Files beside them come after all. */
const stages = [["types"], ["platform"], ["hashing", "streams"], ["key"], ["entry"], ["base"], ["middleware"]];

const manifests = new Map(packageDirs().map((dir) => [dir, readManifest(dir)]));
const ours = new Set([...manifests.values()].map(({ name }) => name));
const files = repoFiles("packages/*/src/*.ts").filter((file) => !file.endsWith(".test.ts"));
const findings = files.flatMap((file) => importsOf(file).flatMap((specifier) => judge(file, specifier) ?? []));
report("layers", findings, files.length, "source files");

/**
 * The module specifiers that a file imports, exports from, or imports when asked; also those of type positions.
 * @param {string} file
 */
function importsOf(file) {
  const text = readFileSync(path.join(repoRoot, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const specifiers = [];
  visit(source);
  return specifiers;

  /** @param {ts.Node} node */
  function visit(node) {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text);
    ts.forEachChild(node, visit);
  }
}

/**
 * @param {ts.Node} node
 * @returns {ts.Node | undefined}
 */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isCallExpression(node)) {
    const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
    if (isImport || isRequire) return node.arguments[0];
  }
  return undefined;
}

/**
 * What is wrong with an import, if anything.
 * @param {string} file
 * @param {string} specifier
 */
function judge(file, specifier) {
  return specifier.startsWith(".") ? judgeRelative(file, specifier) : judgeBare(file, specifier);
}

/**
 * @param {string} file
 * @param {string} specifier
 */
function judgeRelative(file, specifier) {
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const dir = packageOf(file);
  if (packageOf(target) !== dir) return `${file}: imports ${specifier}, inside another package`;
  if (dir !== "packages/core") return undefined;
  const [from, to] = [stageOf(file), stageOf(target)];
  if (from === undefined) return `${file}: lies in no known stage of core (${stages.flat().join(", ")})`;
  if (to === undefined) return `${file}: imports ${specifier}, which lies in no known stage of core`;
  if (to.rank > from.rank) return `${file}: stage ${from.name} imports ${specifier} of the later stage ${to.name}`;
  if (to.rank === from.rank && to.name !== from.name)
    return `${file}: ${from.name} and ${to.name} do not import each other`;
  return undefined;
}

/**
 * @param {string} file
 * @param {string} specifier
 */
function judgeBare(file, specifier) {
  if (specifier.startsWith("node:")) return undefined;
  if (builtinModules.includes(specifier)) return `${file}: imports ${specifier}; write node:${specifier}`;
  const manifest = manifests.get(packageOf(file));
  if (manifest === undefined) return `${file}: belongs to no package`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (ours.has(name)) {
    const mayImport = manifest.name === top || (allowed[manifest.name] ?? []).includes(name);
    if (!mayImport) return `${file}: ${manifest.name} must not import ${name}`;
    if (!isExported(name, specifier)) return `${file}: imports ${specifier}, which ${name} does not export`;
  }
  const declared = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies };
  return name in declared
    ? undefined
    : `${file}: imports ${name}, which ${packageOf(file)}/package.json does not declare`;
}

/**
 * @param {string} name
 * @param {string} specifier
 */
function isExported(name, specifier) {
  const exported = [...manifests.values()].find((manifest) => manifest.name === name)?.exports ?? {};
  return `.${specifier.slice(name.length)}` in exported;
}

/** @param {string} file */
function packageOf(file) {
  return file.split("/", 2).join("/");
}

/** @param {string} file */
function stageOf(file) {
  const [name = "", rest] = file.slice("packages/core/src/".length).split("/", 2);
  if (rest === undefined) return { name: "index", rank: stages.length };
  const rank = stages.findIndex((stage) => stage.includes(name));
  return rank === -1 ? undefined : { name, rank };
}
