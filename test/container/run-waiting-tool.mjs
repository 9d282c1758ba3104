// Runs a tool in a container that says it is there and waits to be let go. Arguments: engine, `run` or `runAsync`, gate.
import { DockerRunner } from "@runcache/docker";
import { PodmanRunner } from "@runcache/podman";

const [engine, how, gate] = process.argv.slice(2);
const runner = engine === "docker" ? new DockerRunner() : new PodmanRunner();
const image = "runcache-test/busybox:1";
const execution = runner.startExecution({ id: "1", name: "wait", package: "test", container_image_tag: image });
const toolPath = execution.inputFile(gate);
const script = 'echo arrived > "$1/arrived"; read -r _ < "$1/released"';
await execution[how](["sh", "-c", script, "sh", toolPath]);
