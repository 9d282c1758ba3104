// @ts-check

/**
 * One step of a pipeline, with its wall time.
 * @param {string} name
 * @param {string} output
 * @param {() => Promise<import("@runcache/core").ExecResult>} call
 * @returns {Promise<import("./pipeline.d.mts").Step>}
 */
export async function timedStep(name, output, call) {
  const start = performance.now();
  const result = await call();
  return { name, output, result, tookMs: performance.now() - start };
}
