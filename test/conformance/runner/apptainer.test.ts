import { ApptainerRunner } from "@runcache/apptainer";
import { afterAll } from "vitest";
import { apptainerStandIn, makeSif } from "../../container/apptainer-stand-in.js";
import { testRunner } from "./conformance.js";

// Not the real Apptainer: a stand-in that runs what it is told on this machine.
const sif = await makeSif();
afterAll(() => sif[Symbol.asyncDispose]());

testRunner({
  name: "ApptainerRunner, on a recording stand-in",
  make: (options) => new ApptainerRunner({ ...options, apptainerExecutable: apptainerStandIn }),
  image: sif.path,
  lacks: {
    signals: "Apptainer tells the end of a container by its exit code",
    "inherits-environment": "a container has its image's environment",
  },
});
