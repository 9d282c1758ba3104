// Runs a script and says how many lines and characters of its output came: listener.mjs DIR run|runAsync SCRIPT
import { LocalRunner } from "@runcache/local";

const [dir, form, script] = process.argv.slice(2);
const execution = new LocalRunner({ dataDir: dir }).startExecution({ id: "1", name: "tool", package: "test" });
const heard = { lines: 0, characters: 0 };
const listen = (line) => {
  heard.lines += 1;
  heard.characters += line.length;
};
const cargs = ["sh", "-c", script];
if (form === "run") execution.run(cargs, listen);
else await execution.runAsync(cargs, { onStdout: listen });
console.log(JSON.stringify(heard));
