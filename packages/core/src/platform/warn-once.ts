const warned = new Set<string>();

/**
 * Warns through `process.emitWarning`, once a process for each `code` and `cause`: the library prints
 * nothing else.
 * @param cause what the warning is about (a path, a tool); the same cause is not warned of again
 */
export function warnOnce(code: string, cause: string, message: string): void {
  const id = `${code}\0${cause}`;
  if (warned.has(id)) return;
  warned.add(id);
  process.emitWarning(message, { type: "RuncacheWarning", code });
}
