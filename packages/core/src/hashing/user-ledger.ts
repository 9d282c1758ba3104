import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { isSystemError } from "../platform/system-error.js";
import { warnOnce } from "../platform/warn-once.js";
import { FileClock } from "./file-clock.js";
import { Filesystems, OPT_IN_NAMES } from "./filesystems.js";
import { Ledger } from "./ledger.js";
import { LedgerStore } from "./ledger-store.js";

type Environment = Readonly<Record<string, string | undefined>>;

const ledgers = new Map<string, Ledger>();

/**
 * The ledger of this user, one a process: `${XDG_CACHE_HOME:-~/.cache}/runcache/ledger`, with the file
 * systems that `RUNCACHE_LEDGER_FS` (`nfs,lustre`) opts in. A user without a home has one in memory.
 */
export function userLedger(environment: Environment = process.env, home: () => string = homedir): Ledger {
  const directory = ledgerDirectory(environment, home);
  const optedIn = optedInNames(environment["RUNCACHE_LEDGER_FS"] ?? "");
  const id = JSON.stringify([directory, ...optedIn]);
  let ledger = ledgers.get(id);
  if (ledger === undefined) {
    ledger = openLedger(directory, new Set(optedIn));
    ledgers.set(id, ledger);
  }
  return ledger;
}

/** The ledger in `directory`, a host path, or in memory only. */
export function openLedger(directory: string | null, optedIn: ReadonlySet<string> = new Set()): Ledger {
  const filesystems = new Filesystems(optedIn);
  if (directory === null) return new Ledger({ filesystems, store: null, nowNs: processTimeNs });
  const store = new LedgerStore(directory);
  const clock = new FileClock(() => {
    // Files are stamped by the kernel, or by a server; `Date.now()` may be faked.
    const stats = store.touchClock();
    const isKernel = stats !== null && filesystems.of(stats.dev, directory).trust === "local";
    return isKernel ? stats.mtimeNs : processTimeNs();
  });
  return new Ledger({ filesystems, store, nowNs: () => clock.nowNs() });
}

function processTimeNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** The last part is the version of the rows: other versions have other directories. */
function ledgerDirectory({ XDG_CACHE_HOME: cacheHome }: Environment, home: () => string): string | null {
  const parts = ["runcache", "ledger", "v1"];
  if (cacheHome !== undefined && isAbsolute(cacheHome)) return join(cacheHome, ...parts);
  try {
    return join(home(), ".cache", ...parts);
  } catch (error) {
    if (isSystemError(error)) return null; // a user that the system does not know, as in many containers
    throw error;
  }
}

function optedInNames(list: string): readonly string[] {
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  for (const name of names) {
    if (name === "" || OPT_IN_NAMES.includes(name)) continue;
    const message = `RUNCACHE_LEDGER_FS names ${JSON.stringify(name)}, which means nothing; known are ${OPT_IN_NAMES.join(", ")}`;
    warnOnce("RUNCACHE_LEDGER_FS", name, message);
  }
  return names.filter((name) => OPT_IN_NAMES.includes(name)).sort();
}
