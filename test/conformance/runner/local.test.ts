import { LocalRunner } from "@runcache/local";
import { testRunner } from "./conformance.js";

testRunner({
  name: "LocalRunner",
  make: (options) => new LocalRunner(options),
  image: null,
  lacks: {},
});
