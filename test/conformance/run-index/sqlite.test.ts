import { sqliteIndex } from "@runcache/runs";
import { testRunIndex } from "./conformance.js";

testRunIndex({ name: "sqlite", make: sqliteIndex, shared: { exported: "sqliteIndex" } });
