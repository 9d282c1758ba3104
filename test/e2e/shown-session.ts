// What a page shows of a shell, run as it stands there.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fenced block of a page. */
export interface PageBlock {
  readonly language: string;
  readonly code: string;
}

/**
 * The blocks of one section of a page of the repository, in their order.
 * @param page relative to the root of the repository
 * @param heading of the section, without `##`; empty for what stands above the first one
 */
export function blocksOf(page: string, heading: string): PageBlock[] {
  const text = readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");
  const section = text.split(/^## /m).find((part, index) => (index === 0 ? "" : part.split("\n")[0]) === heading);
  if (section === undefined) throw new Error(`${page} has no section ${JSON.stringify(heading)}`);
  const blocks = [...section.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, language = "", code = ""]) => ({ language, code }));
}

/** The only block of a section in one language. */
export function blockOf(page: string, heading: string, language: string): string {
  const [block, other] = blocksOf(page, heading).filter((candidate) => candidate.language === language);
  if (block === undefined || other !== undefined) throw new Error(`${page}, ${heading}: not one block of ${language}`);
  return block.code;
}

/**
 * Types the lines of a session that begin with `$ ` into a shell.
 * @returns the session as it went
 */
export function replay(session: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): string {
  const commands = session.split("\n").filter((line) => line.startsWith("$ "));
  if (commands.length < 2) throw new Error("this is no session");
  const script = commands.map((line) => `printf '%s\\n' ${quoted(line)}\n${line.slice(2)}\n`).join("");
  // A command may well end with another exit code than 0: `why` does on a miss.
  return execFileSync("sh", ["-c", `exec 2>&1 </dev/null\n${script}\nexit 0`], { ...options, encoding: "utf8" });
}

/** Keys, times and ages differ from run to run. */
export function masked(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{12}\b/g, "KEY")
    .replaceAll(/\b[\d.]+ (?:ms|s)\b/g, "TIME")
    .replaceAll(/just now|TIME ago/g, "AGE")
    .replaceAll(/(?<=\S) {2,}/g, "  ");
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
