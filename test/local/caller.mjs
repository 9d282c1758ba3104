// Runs tools as its arguments say, to be killed while it does: caller.mjs DIR DEED SCRIPT [GRACE_MS]
// SCRIPT is POSIX shell; "$0" in it is DIR.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { LocalRunner, ProcessLauncher } from "@runcache/local";

const [dir, deed, script, graceMs = "60000"] = isMainThread ? process.argv.slice(2) : workerData;
const runner = new LocalRunner({ dataDir: `${dir}/data`, launcher: new ProcessLauncher({ graceMs: Number(graceMs) }) });
const start = () => runner.startExecution({ id: "1", name: "tool", package: "test" });
const tool = (text) => ["sh", "-c", text, dir];

const deeds = {
  /** Blocks while the tool runs. */
  run: () => start().run(tool(script)),
  runAsync: () => start().runAsync(tool(script)),
  /** With a handler, so that the tool's output passes through this process. */
  follow: () => start().runAsync(tool(script), { onStdout: () => undefined }),
  /** Ends itself in good order while a tool runs. */
  async exit() {
    const told = once(process, "SIGUSR2");
    void start().runAsync(tool(script));
    await told;
    process.exit(7);
  },
  /** Several tools at once. */
  many: () => Promise.all([script, script, script].map((text) => start().runAsync(tool(text)))),
  /** In another thread, which blocks too. */
  worker: () => once(new Worker(new URL(import.meta.url), { workerData: [dir, "run", script, graceMs] }), "exit"),
  /** Says that it is about to run a tool, so that it can be killed at any moment after. */
  announce() {
    writeFileSync(`${dir}/arrived`, "about to run\n");
    start().run(tool(script));
  },
  /** Loses its watcher, runs without, gets another. */
  async widowed() {
    start().run(["true"]);
    const watcher = children().find(({ args }) => args.includes("runcache-watcher"));
    process.kill(watcher.pid, "SIGKILL");
    start().run(["true"]);
    await gone(watcher.pid);
    start().run(tool(script));
  },
};

function children() {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  return rows
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((match) => match !== null && Number(match[2]) === process.pid)
    .map(([, pid, , args]) => ({ pid: Number(pid), args }));
}

/** Turns of the event loop until Node has taken notice. */
async function gone(pid) {
  while (children().some((child) => child.pid === pid)) await new Promise((resolve) => setImmediate(resolve));
}

await deeds[deed]();
