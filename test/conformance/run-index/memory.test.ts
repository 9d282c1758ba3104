import { memoryIndex } from "@runcache/runs";
import { testRunIndex } from "./conformance.js";

testRunIndex({ name: "memory", make: memoryIndex, shared: null });
