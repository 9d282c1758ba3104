/** What clusters call the place for what is large and can be made again. */
const VARIABLES = ["SCRATCH", "SCRATCHDIR", "WORK"];

/** Where a cache would lie better than in a home with a small quota; null where the system names no such place. */
export function scratchAdvice(env: NodeJS.ProcessEnv): string | null {
  const name = VARIABLES.find((variable) => (env[variable] ?? "") !== "");
  if (name === undefined) return null;
  return `a home with a small quota is no place for a cache: export RUNCACHE_DIR=$${name}/runcache`;
}
