import { spawnSync } from "node:child_process";
import { POSTGRES_URL } from "./probes.js";

/** Removes a schema that a test made, with all that is in it. */
export function dropSchema(schema: string): void {
  const command = `drop schema if exists "${schema.replaceAll('"', '""')}" cascade`;
  const args = [
    "--no-psqlrc",
    "--quiet",
    "--no-password",
    "--set=ON_ERROR_STOP=1",
    `--command=${command}`,
    POSTGRES_URL,
  ];
  const { status, stderr, error } = spawnSync("psql", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`psql could not drop the schema: ${stderr}`, { cause: error });
}
