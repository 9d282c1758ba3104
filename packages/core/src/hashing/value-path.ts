/** How people write the way to a value inside `root`: `params.stages[2].weight`. */
export function valuePath(root: string, steps: readonly (string | number)[]): string {
  return root + steps.map(written).join("");
}

function written(step: string | number): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
