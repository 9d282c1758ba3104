// Registers an input as whoever runs this, and prints the code of the refusal.
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [cacheDir, dataDir, input] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir });
try {
  runner.startExecution({ id: "1", name: "tool", package: "demo" }).inputFile(input);
} catch (error) {
  process.stdout.write(`${error.name} ${error.code}`);
}
