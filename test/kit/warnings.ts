/** The warnings of this process since the call, until it is disposed of. */
export function collectWarnings(): Disposable & { readonly warnings: readonly Error[] } {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  return { warnings, [Symbol.dispose]: () => void process.off("warning", listen) };
}
