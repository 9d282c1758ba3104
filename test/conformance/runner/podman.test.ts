import { PodmanRunner } from "@runcache/podman";
import { BUSYBOX, podman } from "../../container/engines.js";
import { testRunner } from "./conformance.js";

testRunner({
  name: "PodmanRunner",
  make: (options) => new PodmanRunner(options),
  image: BUSYBOX,
  missing: podman.missing,
  lacks: {
    signals: "Podman tells the end of a container by its exit code",
    "inherits-environment": "a container has its image's environment",
  },
});
