// Runs a script in busybox, blocking, and prints what came of it as JSON. Arguments: engine, options as JSON, the script.
// With $RUN_AS (`uid:group,group…`, the first of them its own) it becomes that user first, after it was loaded: where this
// program lies, an ordinary user may not be able to read.
import { DockerRunner } from "@runcache/docker";
import { PodmanRunner } from "@runcache/podman";

const [engine, options = "{}", script = "true"] = process.argv.slice(2);
const [uid, groups] = (process.env["RUN_AS"] ?? "").split(":");
if (uid !== undefined && groups !== undefined) {
  const ids = groups.split(",").map(Number);
  process.setgroups(ids);
  process.setgid(ids[0]);
  process.setuid(Number(uid));
}

const Runner = engine === "docker" ? DockerRunner : PodmanRunner;
const image = "runcache-test/busybox:1";
const execution = new Runner(JSON.parse(options)).startExecution({
  id: "1",
  name: "tool",
  package: "test",
  container_image_tag: image,
});
const outputDir = execution.outputFile(".");
const lines = [];
try {
  execution.run(["sh", "-c", script], (line) => lines.push(line));
  process.stdout.write(JSON.stringify({ outputDir, lines }));
} catch (error) {
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
