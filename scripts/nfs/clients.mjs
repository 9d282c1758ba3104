// @ts-check
// The clients of the NFS scenario, each in a network namespace, with a host name and mounts of its own.
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const AGENT = fileURLToPath(new URL("agent.mjs", import.meta.url));
/** One for all clients, as on the machines of a cluster: its path is in the key. */
export const TOOL = "/run/tool";
let count = 0;

/** Makes the tool: writes its key, so many bytes, and what its input holds. Key `careless…`: whatever comes of it. */
export function makeTool() {
  const text = [
    "#!/bin/sh",
    "case $1 in careless*) exit_code=0 ;; esac",
    '{ printf \'%s\\n\' "$1" && head -c "$2" /dev/zero | tr \'\\000\' x && { [ $# -lt 4 ] || cat "$4"; }; } >"$3"',
    'exit "${exit_code:-$?}"',
    "",
  ];
  writeFileSync(TOOL, text.join("\n"));
  chmodSync(TOOL, 0o755);
}

/**
 * A client that mounts `exported` of the server.
 * @param {{ host: 1 | 2, exported: string, options: string, env?: Record<string, string> }} what
 */
export function startClient({ host, exported, options, env = {} }) {
  const local = `/run/client-${++count}`;
  mkdirSync(`${local}/mounted`, { recursive: true });
  mkdirSync(`${local}/runs`);
  const enter =
    'hostname "$1"; umount -l /sys 2>/dev/null; mount -t nfs -o "$2" "10.7.0.1:$3" "$4/mounted" && exec "$5" "$6" "$4/mounted" "$4"';
  // Version 4 counts from the root of the exports, the one with fsid=0.
  const remote = options.includes("vers=4") ? exported.replace("/run/export", "") : exported;
  const args = [`client${host}`, options, remote, local, process.execPath, AGENT];
  const child = spawn(
    "ip",
    ["netns", "exec", `client${host}`, "unshare", "--uts", "--mount", "sh", "-c", enter, "sh", ...args],
    { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, XDG_CACHE_HOME: `${local}/xdg`, ...env } },
  );
  /** @type {Map<number, (reply: any) => void>} */
  const waiting = new Map();
  let id = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = JSON.parse(line);
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  let isOver = false;
  child.on("close", (code) => {
    isOver = true;
    for (const answer of waiting.values()) answer({ error: `the client ended with ${code}` });
  });
  return {
    local,
    /** @param {string} op @param {object} [fields] @returns {Promise<any>} */
    ask: (op, fields = {}) =>
      new Promise((resolve) => {
        if (isOver) return void resolve({ error: "the client has ended" });
        waiting.set(++id, resolve);
        child.stdin.write(`${JSON.stringify({ id, op, ...fields })}\n`);
      }),
    end: () => {
      child.stdin.end();
      return new Promise((resolve) => {
        if (child.exitCode !== null) resolve(undefined);
        else child.on("close", resolve);
      });
    },
  };
}
