// One synchronous call through the cache, in a process that may be killed at any moment. Arguments: as of one-call.mjs.
import { oneCall } from "./one-call.mjs";

process.stdout.write(oneCall(process.argv.slice(2)));
