// @ts-check
// A peer in another language that stays up: each line asks for something, each answer is the seconds that it took.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Starts a script of this directory that answers lines.
 * @param {string} program
 * @param {readonly string[]} args
 */
export function startLinePeer(program, args) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Seconds. @param {string} line */
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${args[0] ?? program} ended early`);
      return Number.parseFloat(value);
    },
    end: () => void child.stdin.end(),
  };
}
