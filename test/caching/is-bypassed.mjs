// Says, from a thread of its own, whether it stands in a bypass.
import { parentPort } from "node:worker_threads";
import { isBypassed } from "@runcache/core";

parentPort?.postMessage(isBypassed());
