import { explainInputs } from "./explain-inputs.js";
import { explainValue, type Change } from "./explain-value.js";
import { shorten, type KeyDifference } from "./key-difference.js";
import { FUNCTION_RUNNER, type EnvPart, type KeyParts, type ToolPart } from "./key-parts.js";
import type { JsonObject, JsonValue } from "../types/json.js";

/** More are of no use to anybody, and would cost memory for large parameters. */
const MAX_DIFFERENCES = 50;

/**
 * What changed from the key parts `before` to `after`, in the order in which callers most often change
 * things; empty where they are equal. Long values are cut, and so are long lists.
 */
export function explainDifferences(before: KeyParts, after: KeyParts): readonly KeyDifference[] {
  const first: KeyDifference[] = [];
  for (const difference of differences({ before, after })) {
    first.push(difference);
    if (first.length === MAX_DIFFERENCES) break;
  }
  return first;
}

function* differences({ before, after }: Change<KeyParts>): Generator<KeyDifference> {
  const inputs = { before: before.inputs, after: after.inputs };
  yield* explainParams({ before, after }, inputs);
  yield* explainInputs(inputs);
  yield* explainTool({ before: before.tool, after: after.tool });
  if (before.image !== after.image) {
    yield { part: "image", name: "image", before: before.image, after: after.image, text: "image moved" };
  }
  yield* explainEnv({ before: before.env, after: after.env });
  yield* explainValue("runner", { before: before.runner, after: after.runner });
  yield* explainValue("extra", { before: before.extra, after: after.extra });
}

/** Those of a function are named as its caller knows them, not by their place in what `compute` makes of them. */
function* explainParams(
  { before, after }: Change<KeyParts>,
  inputs: Change<KeyParts["inputs"]>,
): Generator<KeyDifference> {
  const given = { before: givenToFunction(before), after: givenToFunction(after) };
  if (given.before === null || given.after === null) {
    yield* explainValue("params", { before: before.params, after: after.params }, inputs);
    return;
  }
  yield* explainValue("params", { before: given.before["params"], after: given.after["params"] }, inputs);
  yield* explainValue("extra", { before: given.before["extra"], after: given.after["extra"] }, inputs);
  yield* explainValue("inputs", { before: given.before["inputs"], after: given.after["inputs"] }, inputs);
}

/** `params`, `extra` and `inputs` of a `ComputeCall`, or null of any other call. */
function givenToFunction({ runner, params }: KeyParts): JsonObject | null {
  if (runner !== FUNCTION_RUNNER || !hasOnly(params, ["argv", "params"])) return null;
  const { argv, params: given } = params;
  const isOne = Array.isArray(argv) && argv.length === 0 && hasOnly(given, ["params", "extra", "inputs"]);
  return isOne ? given : null;
}

function hasOnly(value: JsonValue | undefined, names: readonly string[]): value is JsonObject {
  return value !== undefined && isObject(value) && Object.keys(value).every((name) => names.includes(name));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function* explainTool({ before, after }: Change<ToolPart>): Generator<KeyDifference> {
  const [nameBefore, nameAfter] = [`${before.package}/${before.name}`, `${after.package}/${after.name}`];
  if (nameBefore !== nameAfter) {
    const text = `tool ${shorten(nameBefore)} → ${shorten(nameAfter)}`;
    yield { part: "tool", name: "tool", before: nameBefore, after: nameAfter, text };
  }
  if (before.id !== after.id) {
    const text = `tool version ${shorten(before.id, 12)} → ${shorten(after.id, 12)}`;
    yield { part: "tool", name: "tool version", before: before.id, after: after.id, text };
  }
}

function* explainEnv({ before, after }: Change<EnvPart>): Generator<KeyDifference> {
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const change = { before: valueOf(before, name), after: valueOf(after, name) };
    if (change.before === change.after) continue;
    yield { part: "env", name, ...change, text: `env ${name} ${sayEnv(change)}` };
  }
}

function valueOf(env: EnvPart, name: string): EnvPart[string] | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function sayEnv({ before, after }: Change<EnvPart[string] | undefined>): string {
  if (after === undefined) return "no longer counts";
  if (before === undefined) return `counts now (${after === null ? "unset" : "set"})`;
  if (before === null) return "set";
  return after === null ? "unset" : "changed";
}
