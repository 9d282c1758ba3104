// @ts-check
// What is tried with two clients of one NFS server, in the virtual machine of long-nfs.sh. Argument: where the
// results go. Each check says what must hold, whether it did, and what was counted.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeTool, startClient } from "./clients.mjs";

/** @typedef {{ version: string, check: string, ok: boolean, counted: unknown }} Check */
/** @typedef {ReturnType<typeof startClient>} Client */

const MAIN = "/run/export/main";
const SMALL = "/run/export/small";
/** @type {Check[]} */
const checks = [];
let version = "";
const startedAt = new Date().toISOString();
makeTool();

for (const [name, options] of /** @type {const} */ ([
  ["3", "vers=3,nolock"],
  ["4.2", "vers=4.2"],
])) {
  version = name;
  const [a, b] = [startClient({ host: 1, exported: MAIN, options }), startClient({ host: 2, exported: MAIN, options })];
  for (const step of [sameKeys, visibility, removal, pruneBesideHits, ledger]) await attempt(step, a, b, options);
  await Promise.all([a.end(), b.end()]);
  for (const step of [fullDisk, hangingServer]) await attempt(step, a, b, options);
}
const machine = `Linux ${release()}, Node ${process.version}`;
writeFileSync(
  process.argv[2] ?? "",
  JSON.stringify({ startedAt, finishedAt: new Date().toISOString(), machine, checks }),
);

/** @param {string} check @param {boolean} ok @param {unknown} counted */
function record(check, ok, counted) {
  checks.push({ version, check, ok, counted });
  console.log(`NFS ${version}: ${ok ? "ok" : "NOT OK"}: ${check}: ${JSON.stringify(counted)}`);
}

/** @param {(a: Client, b: Client, options: string) => Promise<void>} step @param {Client} a @param {Client} b @param {string} options */
async function attempt(step, a, b, options) {
  try {
    await step(a, b, options);
  } catch (error) {
    record(`${step.name} ended`, false, String(error));
  }
}

/** @param {string} name */
function keysOf(name, count = 12) {
  return Array.from({ length: count }, (_, index) => `${name}-${version}-${index}`);
}

/** @param {Client} a @param {Client} b */
async function sameKeys(a, b) {
  const keys = keysOf("same", 8);
  const runs = await Promise.all(
    [a, b].map(async (client) => {
      const served = [];
      for (const key of keys) served.push(await client.ask("call", { key, bytes: 20_000 }));
      return served;
    }),
  );
  const all = runs.flat();
  const told = await Promise.all([a, b].map((client) => client.ask("told")));
  const entries = new Set(all.map(({ key }) => key)).size;
  const places = [...new Set(all.map(({ key }) => key))].filter((key) => isEntry(key)).length;
  const counted = {
    calls: all.length,
    right: all.filter(({ isRight }) => isRight).length,
    executions: all.filter(({ status }) => status === "miss").length,
    lostRaces: told.map(({ events }) => Number(events["lost-race"] ?? 0)).reduce((sum, count) => sum + count, 0),
    entries: places,
    warnings: told.flatMap(({ warnings }) => warnings),
    errors: all.flatMap(({ error }) => error ?? []),
  };
  const ok = counted.right === all.length && places === keys.length && entries === keys.length;
  record("two clients that commit the same keys are both served right, one entry a key", ok, counted);
}

/** A client that looked in vain hits as soon as the other has committed, though its attribute cache says no. */
async function visibility(/** @type {Client} */ a, /** @type {Client} */ b) {
  const found = [];
  const naive = [];
  for (const key of keysOf("visible", 4)) {
    const before = await b.ask("explain", { key, bytes: 1000 });
    // Attributes are remembered from here on, also that there is nothing.
    for (let look = 0; look < 3; look++) await b.ask("stat", { key: before.key });
    await a.ask("call", { key, bytes: 1000 });
    const committed = performance.now();
    if (naive.length < 1) {
      while (!(await b.ask("stat", { key: before.key })).exists && performance.now() - committed < 70_000)
        await sleep(250);
      naive.push(Math.round(performance.now() - committed));
    }
    const { status, isRight, ms } = await b.ask("call", { key, bytes: 1000 });
    found.push({ before: before.reason, status, isRight, ms });
  }
  const { warnings } = await b.ask("told");
  const ok = found.every(({ before, status, isRight }) => before === "absent" && status === "hit" && isRight === true);
  record("what one client commits, the other hits at its next call", ok, { found, statSawItAfterMs: naive, warnings });
}

/** @param {Client} a @param {Client} b */
async function removal(a, b) {
  const keys = keysOf("removed", 6);
  for (const key of keys) await a.ask("call", { key, bytes: 1000 });
  for (const key of keys) await b.ask("call", { key, bytes: 1000 });
  const pruned = await a.ask("prune", { keepUsedWithinMs: 0 });
  const after = [];
  for (const key of keys) after.push(await b.ask("call", { key, bytes: 1000 }));
  const { warnings } = await b.ask("told");
  const counted = {
    pruned,
    missReasons: after.map(({ missReason }) => missReason),
    right: after.filter(({ isRight }) => isRight).length,
    errors: after.flatMap(({ error }) => error ?? []),
    warnings,
  };
  const ok = after.every(({ status, isRight }) => status === "miss" && isRight) && warnings.length === 0;
  record("an entry that the other client pruned is a miss, and runs again", ok, counted);
}

/** @param {Client} a @param {Client} b */
async function pruneBesideHits(a, b) {
  for (const keepUsedWithinMs of [0, 15_000]) {
    const looping = b.ask("loop", { keys: keysOf("loop", 5), seconds: 20 });
    const pruned = { evicted: 0, prunes: 0 };
    const errors = [];
    const end = performance.now() + 18_000;
    while (performance.now() < end) {
      const { evicted = 0, error } = await a.ask("prune", { keepUsedWithinMs });
      pruned.evicted += Number(evicted);
      pruned.prunes += 1;
      if (error !== undefined) errors.push(error);
      await sleep(200);
    }
    const served = await looping;
    const { warnings } = await b.ask("told");
    const counted = { keepUsedWithinMs, ...pruned, ...served, warnings, pruneErrors: errors };
    const isClean = served.failed === 0 && served.wrong === 0 && errors.length === 0 && warnings.length === 0;
    if (keepUsedWithinMs === 0)
      record("prunes of everything by one client fail no call of the other", isClean, counted);
    else {
      const ok = isClean && served.taken === 0;
      record("prunes by one client leave what the other used within the last 15 s", ok, counted);
    }
  }
}

/** @param {Client} a @param {Client} _b @param {string} options */
async function ledger(a, _b, options) {
  const input = `input-${version}`;
  writeFileSync(path.join(MAIN, input), "i".repeat(400_000));
  utimesSync(path.join(MAIN, input), 1, 1);
  const opted = startClient({ host: 1, exported: MAIN, options, env: { RUNCACHE_LEDGER_FS: "nfs" } });
  await sleep(65_000); // a file on NFS counts as unchanged only when its times are so old
  const [first, second] = keysOf("ledger", 2);
  const byDefault = [];
  const byChoice = [];
  for (const key of [first, second]) {
    byDefault.push(await a.ask("call", { key, bytes: 10, input }));
    byChoice.push(await opted.ask("call", { key: `${key}-opted`, bytes: 10, input }));
  }
  // The other side rewrites it, with the same size; whoever opted in must see that.
  writeFileSync(path.join(MAIN, input), "j".repeat(400_000));
  const rewritten = await opted.ask("call", { key: `${second}-opted`, bytes: 10, input });
  await opted.end();
  record(
    "digests of inputs on NFS are not remembered",
    byDefault.every(({ isRight, networkInputs }) => isRight && networkInputs?.length === 0),
    byDefault,
  );
  record(
    "with RUNCACHE_LEDGER_FS=nfs they are, and the entry says so",
    byChoice.every(({ isRight }) => isRight) && byChoice[1]?.networkInputs?.length === 1,
    byChoice,
  );
  record(
    "with RUNCACHE_LEDGER_FS=nfs, an input that the server rewrote with the same size is another input",
    rewritten.status === "miss" && rewritten.isRight,
    rewritten,
  );
}

/** Writes to NFS are buffered: that there is no room is said when a file is closed. @param {Client} _a @param {Client} _b @param {string} options */
async function fullDisk(_a, _b, options) {
  const client = startClient({ host: 1, exported: SMALL, options });
  await client.ask("call", { key: "before", bytes: 10 });
  await client.ask("told");
  const served = [];
  for (let freeBlocks = 0; freeBlocks <= 8; freeBlocks++) {
    const full = path.join(SMALL, "full");
    spawnSync("dd", ["if=/dev/zero", `of=${full}`, "bs=4k"]);
    truncateSync(full, statSync(full).size - freeBlocks * 4096);
    served.push(await client.ask("call", { key: `full-${version}-${freeBlocks}`, bytes: 10 }));
    rmSync(full);
  }
  const careful = await tellOf(client, served);
  const delivered = careful.right + careful.toolsFailed === served.length && careful.notStored > 0;
  record(
    "a full export: the result is delivered or the tool itself failed, and no staging is left",
    delivered,
    careful,
  );

  const large = [];
  for (const key of keysOf("careless", 8))
    large.push(await client.ask("call", { key: `careless-${key}`, bytes: 5_000_000 }));
  const careless = await tellOf(client, large);
  const again = [];
  for (const key of keysOf("careless", 8))
    again.push(await client.ask("call", { key: `careless-${key}`, bytes: 5_000_000 }));
  await client.end();
  const wrongHits = again.filter(({ status, isRight }) => status === "hit" && !isRight).length;
  const ok = wrongHits === 0 && careless.stored === careless.right && careless.notStored > 0;
  record("what a tool lost that ignores a full export is told, and not cached", ok, { ...careless, wrongHits });
  spawnSync("sh", ["-c", `rm -rf ${SMALL}/cache`]);
}

/** @param {Client} client @param {any[]} served */
async function tellOf(client, served) {
  const { warnings, events } = await client.ask("told");
  return {
    stored: events["stored"] ?? 0,
    notStored: events["not-stored"] ?? 0,
    toolsFailed: served.filter(({ error }) => error?.startsWith("ToolError")).length,
    right: served.filter(({ isRight }) => isRight).length,
    otherErrors: served.flatMap(({ error }) => (error === undefined || error.startsWith("ToolError") ? [] : error)),
    staging: namesIn(path.join(SMALL, "cache/.incoming")).length,
    warnings,
  };
}

/** @param {Client} _a @param {Client} _b @param {string} options */
async function hangingServer(_a, _b, options) {
  const client = startClient({ host: 2, exported: MAIN, options: `${options},soft,timeo=10,retrans=1` });
  const [known, fresh, later] = keysOf("hang", 3);
  const before = await client.ask("call", { key: known, bytes: 1000 });
  await client.ask("told");
  spawnSync("rpc.nfsd", ["0"]);
  const during = [];
  for (const key of [known, fresh]) during.push(await client.ask("call", { key, bytes: 1000 }));
  const { warnings, events } = await client.ask("told");
  spawnSync("rpc.nfsd", ["8"]);
  spawnSync("sh", ["-c", "echo Y >/proc/fs/nfsd/v4_end_grace"]);
  await sleep(12_000);
  const after = [];
  for (const key of [known, later, later]) after.push(await client.ask("call", { key, bytes: 1000 }));
  await client.end();
  const ok = before.isRight && during.every(({ isRight }) => isRight) && warnings.length === 1;
  record("with a soft mount, calls go on uncached while the server hangs, with one warning", ok, {
    during,
    warnings,
    events,
  });
  record(
    "when the server is back, calls hit again",
    after.at(-1)?.status === "hit" && after.every(({ isRight }) => isRight),
    after,
  );
}

/** @param {string} key */
function isEntry(key) {
  return statSync(path.join(MAIN, "cache", key.slice(0, 2), key), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** @param {string} dir */
function namesIn(dir) {
  return statSync(dir, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(dir);
}
