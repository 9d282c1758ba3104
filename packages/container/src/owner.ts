import { readlinkSync } from "node:fs";
import { hasCode, isDeadHere, processIdentity } from "@runcache/core";

/**
 * Value of the label that says which process a container belongs to:
 * `host:pid:start time:boot id:pid namespace`, with nothing in place of what cannot be told.
 */
export function ownerLabel(): string {
  const { host, pid, startTime, bootId } = processIdentity();
  return [host, pid, startTime ?? "", bootId ?? "", pidNamespace()].join(":");
}

/**
 * Whether the process that the label names is certainly dead. Of a process of another machine or of
 * another pid namespace (a container that shares the engine with us) nothing is known.
 */
export function isOwnerDead(label: string): boolean {
  const fields = label.split(":");
  const [host = "", pid = "", startTime = "", bootId = "", namespace = ""] = fields;
  if (fields.length !== 5 || !/^[1-9]\d*$/.test(pid) || namespace !== pidNamespace()) return false;
  return isDeadHere({
    host,
    pid: Number(pid),
    startTime: startTime === "" ? null : startTime,
    bootId: bootId === "" ? null : bootId,
  });
}

/** Number of the namespace that pids of this process belong to; empty where there are none. */
function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "");
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES", "EINVAL")) return "";
    throw error;
  }
}
