import type { Change } from "./explain-value.js";
import { inputLabel, type KeyDifference } from "./key-difference.js";
import type { InputPart } from "./key-parts.js";

/** The differences between two lists of inputs: changed, renamed, added, removed, in another order. */
export function* explainInputs({ before, after }: Change<readonly InputPart[]>): Generator<KeyDifference> {
  const partners = matchInputs({ before, after });
  let moved = false;
  for (const [index, input] of after.entries()) {
    const partner = partners.get(index);
    const label = inputLabel(after, index);
    if (partner === undefined) yield difference(label, undefined, input, `${label} added`);
    else
      yield* explainInput({ before: before[partner] as InputPart, after: input }, inputLabel(before, partner), label);
    moved ||= partner !== undefined && partner !== index;
  }
  const matched = new Set(partners.values());
  for (const [index, input] of before.entries()) {
    const label = inputLabel(before, index);
    if (!matched.has(index)) yield difference(label, input, undefined, `${label} removed`);
  }
  if (moved && before.length === after.length) {
    yield difference("input order", undefined, undefined, "inputs registered in another order");
  }
}

/** Index after → index before of what is likely the same input: by place and name, by name, by content. */
function matchInputs({ before, after }: Change<readonly InputPart[]>): Map<number, number> {
  const partners = new Map<number, number>();
  const free = new Set(before.keys());
  const match = (traitOf: (input: InputPart, index: number) => string | null): void => {
    const candidates = new Map<string | null, number[]>();
    for (const index of free) {
      const trait = traitOf(before[index] as InputPart, index);
      const sharing = candidates.get(trait);
      if (sharing === undefined) candidates.set(trait, [index]);
      else sharing.push(index);
    }
    for (const [index, input] of after.entries()) {
      const trait = traitOf(input, index);
      if (trait === null || partners.has(index)) continue;
      const partner = candidates.get(trait)?.shift();
      if (partner === undefined) continue;
      partners.set(index, partner);
      free.delete(partner);
    }
  };
  match(({ name }, index) => `${index} ${name}`);
  match(({ name }) => name);
  match(({ digest }) => digest);
  return partners;
}

function* explainInput(
  { before, after }: Change<InputPart>,
  labelBefore: string,
  label: string,
): Generator<KeyDifference> {
  if (before.name !== after.name) yield difference(label, before, after, `${labelBefore} renamed to ${after.name}`);
  const sameDigest = before.digest === after.digest;
  if (before.kind !== after.kind) {
    yield difference(label, before, after, `${label} became a ${after.kind === "tree" ? "directory" : "file"}`);
  } else if (before.resolveParent !== after.resolveParent) {
    const scope = after.resolveParent ? "with its siblings" : "without its siblings";
    yield difference(label, before, after, `${label} now counts ${scope}`);
  } else if (!sameDigest) yield difference(label, before, after, `${label} changed`);
  if (before.mutable !== after.mutable) {
    yield difference(label, before, after, `${label} is ${after.mutable ? "now" : "no longer"} mutable`);
  }
}

function difference(
  label: string,
  before: InputPart | undefined,
  after: InputPart | undefined,
  text: string,
): KeyDifference {
  return { part: "inputs", name: label.replace(/^input /, ""), before: record(before), after: record(after), text };
}

function record(input: InputPart | undefined): KeyDifference["before"] {
  return input === undefined ? undefined : { ...input };
}
