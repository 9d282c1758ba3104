import { DockerRunner } from "@runcache/docker";
import { BUSYBOX, docker } from "../../container/engines.js";
import { testRunner } from "./conformance.js";

testRunner({
  name: "DockerRunner",
  make: (options) => new DockerRunner(options),
  image: BUSYBOX,
  missing: docker.missing,
  lacks: {
    signals: "Docker tells the end of a container by its exit code",
    "inherits-environment": "a container has its image's environment",
  },
});
