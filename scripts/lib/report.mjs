// @ts-check
// How a check ends: its findings and one closing line.

/**
 * Prints the findings and sets the exit code. A check that looked at nothing fails too: it was not a check.
 * @param {string} check its name
 * @param {string[]} findings one line each
 * @param {number} looked how many things were looked at
 * @param {string} things what they are, in the plural
 */
export function report(check, findings, looked, things) {
  const problems = looked === 0 ? [...findings, `found no ${things} to look at`] : findings;
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(`${check}: ${looked} ${things}, ${problems.length} problems\n`);
  if (problems.length > 0) process.exitCode = 1;
}
