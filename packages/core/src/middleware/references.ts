import type { JsonValue } from "../types/json.js";
import type { RegisteredInput } from "./registered-input.js";

/** Splits arguments into literal pieces and references to inputs. */
export class References {
  readonly #paths: readonly (readonly [path: string, index: number])[];

  constructor(inputs: readonly RegisteredInput[]) {
    const first = new Map<string, number>();
    inputs.forEach(({ toolPath }, index) => {
      if (toolPath !== "" && !first.has(toolPath)) first.set(toolPath, index);
    });
    // Longest first: the path of one input may begin that of another.
    this.#paths = [...first].sort(([a], [b]) => b.length - a.length);
  }

  /**
   * `argument` with every path that `inputFile` returned replaced by `{"$input": i}`: the literal itself
   * where it holds none, else its pieces.
   */
  split(argument: string): JsonValue {
    if (!this.#paths.some(([path]) => argument.includes(path))) return argument;
    const pieces = this.#pieces(argument, 0);
    return pieces.length === 1 && typeof pieces[0] === "string" ? pieces[0] : pieces;
  }

  #pieces(text: string, from: number): JsonValue[] {
    const entry = this.#paths[from];
    if (entry === undefined || text === "") return [text];
    const [path, index] = entry;
    const pieces: JsonValue[] = [];
    text.split(path).forEach((part, position) => {
      if (position > 0) pieces.push({ $input: index });
      if (part !== "") pieces.push(...this.#pieces(part, from + 1));
    });
    return pieces.length === 0 ? [""] : pieces;
  }
}
