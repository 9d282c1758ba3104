import { jsonlIndex } from "@runcache/runs";
import { testRunIndex } from "./conformance.js";

testRunIndex({ name: "jsonl", make: jsonlIndex, shared: { exported: "jsonlIndex" } });
