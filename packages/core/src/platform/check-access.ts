import { accessSync, type BigIntStats } from "node:fs";

/** What access(2) granted, by path: in which mode, and in which state the file was. */
const granted = new Map<string, { readonly mode: number; readonly state: BigIntStats }>();
const MOST_GRANTED = 1000;

/**
 * Checks that this process may use the file or directory at the host path `path`, by access(2). For one
 * in the very state of the last time it is not asked again: a right that is taken away leaves its trace
 * in the state.
 * @param mode of `constants`: `R_OK`, `X_OK`
 * @param state what `statSync` said of it just now
 * @throws what access(2) gives
 */
export function checkAccess(path: string, mode: number, state: BigIntStats): void {
  const last = granted.get(path);
  if (last?.mode === mode && sameRights(last.state, state)) return;
  accessSync(path, mode);
  if (granted.size >= MOST_GRANTED) granted.clear();
  granted.set(path, { mode, state });
}

function sameRights(a: BigIntStats, b: BigIntStats): boolean {
  return (
    a.ctimeNs === b.ctimeNs &&
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid
  );
}
