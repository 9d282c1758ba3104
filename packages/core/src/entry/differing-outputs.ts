import type { OutputRecord } from "./manifest.js";

/** Entry-relative paths, in code-unit order, that only one of two runs left, or that they left differently. */
export function differingOutputs(a: readonly OutputRecord[], b: readonly OutputRecord[]): string[] {
  const [first, second] = [contents(a), contents(b)];
  const paths = new Set([...first.keys(), ...second.keys()]);
  return [...paths].filter((path) => first.get(path) !== second.get(path)).sort();
}

function contents(outputs: readonly OutputRecord[]): Map<string, string> {
  return new Map(outputs.map((output) => [output.path, contentOf(output)]));
}

function contentOf(output: OutputRecord): string {
  switch (output.kind) {
    case "file":
      return `${output.mode & 0o100 ? "executable" : "file"} ${output.digest}`;
    case "link":
      return `link ${output.target}`;
    case "dir":
      return "dir";
  }
}
