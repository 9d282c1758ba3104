/** Exit codes of the command; those of a wrapped command are its own. */
export const EXIT = {
  /** Done; the answer is yes. */
  ok: 0,
  /** Done; the answer is no: a miss, damage, a difference. */
  no: 1,
  /** runcache itself failed. */
  failed: 125,
  notExecutable: 126,
  notFound: 127,
  /** A signal ended the wrapped command, or runcache: 128 and its number. */
  signal: 128,
} as const;
