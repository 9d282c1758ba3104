import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync, utimesSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { makeFile, makeTool, METADATA } from "./lib/fixtures.mjs";
import { benchTool } from "./lib/wrapper.mjs";
const dir = mkdtempSync("/var/tmp/hit-");
const large = makeFile(path.join(dir, "large.bin"), 2**24);
const tool = makeTool(path.join(dir, "bin"));
const runner = new CachingRunner({ base: new LocalRunner({ dataDir: path.join(dir, "runs") }), cacheDir: path.join(dir, "cache") });
let lines=0;
const call = (input) => benchTool({ input }, { runner, tool: METADATA.name, onStdout: () => lines++, onStderr: () => lines++ });
const { root, outputs } = call(large);
const streams = ["stdout", "stderr"].map((name) => path.join(dir, name));
for (const stream of streams) writeFileSync(stream, "done\n");
const files = [path.join(root, ".runcache/manifest.json"), ...streams];
const buffer = Buffer.allocUnsafe(64 * 1024);
const bare=()=>{ statSync(large); for (const file of files) { const fd=openSync(file,"r"); fstatSync(fd); readSync(fd,buffer,0,buffer.length,0); closeSync(fd);} for (const o of outputs) lstatSync(o); const s=Date.now()/1000; utimesSync(root,s,s); };
const time=(f,n)=>{const t=performance.now(); for(let i=0;i<n;i++) f(); return (performance.now()-t)*1000/n;};
await new Promise(r=>setTimeout(r,2500));
time(()=>call(large),3000); time(bare,3000);
if (process.argv[2]==="prof"){ time(()=>call(large),20000);} else {
const rs=[]; for(let k=0;k<15;k++){const h=time(()=>call(large),1000), b=time(bare,1000); rs.push([h/b,h,b]);}
rs.sort((a,b)=>a[0]-b[0]); console.log("ratio med",rs[7][0].toFixed(2),"hit/bare",rs[7][1].toFixed(1),rs[7][2].toFixed(1),"min",Math.min(...rs.map(r=>r[1])).toFixed(1),Math.min(...rs.map(r=>r[2])).toFixed(1));}
rmSync(dir,{recursive:true});
