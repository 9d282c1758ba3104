import { randomBytes } from "node:crypto";

/** A name that nothing else has: 32 hex, 128 random bits. */
export function randomName(): string {
  return randomBytes(16).toString("hex");
}

/** Whether `name` has the form of a random name. */
export function isRandomName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}
