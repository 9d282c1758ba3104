// @ts-check
// One measure, in a process of its own: `child.mjs NAME '{"dir":…,"smoke":…,"count":…}'`, started with an IPC channel.
import { findPeer } from "../peers/peers.mjs";
import { expect, loadMeasure, NotMeasured } from "./bench.mjs";

const [name = "", options = "{}"] = process.argv.slice(2);
const { rows, measure } = await loadMeasure(name);

/** @returns {Promise<import("./bench.mjs").Result[]>} */
async function results() {
  try {
    return await measure({ ...JSON.parse(options), expect, peer: findPeer });
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    return rows.map(({ id }) => ({ id, notMeasured: error.message }));
  }
}

process.send?.(await results());
process.disconnect();
