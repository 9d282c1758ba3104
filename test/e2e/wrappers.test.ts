import { readFile, realpath, writeFile } from "node:fs/promises";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { mrtrix } from "@runcache/wrappers";
import { getGlobalRunner, setGlobalRunner, type Runner } from "styxdefs";
import { afterEach, describe, expect, test } from "vitest";
import { writeDiffusionImage, type DiffusionImage } from "../kit/diffusion-image.js";
import { probes } from "../kit/probes.js";
import { RecordedEvents } from "../kit/recorded-events.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const { dwidenoise, mrconvert } = mrtrix;

/** A cache of its own over the real local runner. */
interface Rig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly events: RecordedEvents;
  readonly runner: Runner;
  readonly dwi: DiffusionImage;
}

async function rig(): Promise<Rig> {
  const temp = await tempDir("wrappers");
  const events = new RecordedEvents();
  const base = new LocalRunner({ dataDir: temp.join("runs") });
  const runner = new CachingRunner({ base, cacheDir: temp.join("cache"), onEvent: events.listener });
  const dwi = await writeDiffusionImage(temp.join("data"));
  return { temp, events, runner, dwi, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

/** Every optional and nested parameter, input files inside them included. */
function convertAll({ dwi, runner }: Rig) {
  const params = mrtrix.mrconvert_params(
    dwi.image,
    "volumes.mif",
    [mrtrix.mrconvert_coord_params(3, [0, 1, 2, 3, 4, 5, 6, 7])],
    [2, 2, 2],
    mrtrix.mrconvert_various_file_params(dwi.image),
    "float32",
    "header.json",
    mrtrix.mrconvert_fslgrad_params(dwi.bvecs, dwi.bvals),
    mrtrix.mrconvert_export_grad_fsl_params("bvecs.out", "bvals.out"),
    true,
    0,
  );
  return mrtrix.mrconvert_execute(params, runner);
}

describe.skipIf(requireOrSkip("MRtrix3", probes.mrtrix))(
  "wrappers in the shape of generated code, with MRtrix3",
  () => {
    afterEach(() => setGlobalRunner(undefined));

    test("the second call is a hit with the same outputs, nested ones included", async () => {
      await using it = await rig();
      const first = convertAll(it);
      const second = convertAll(it);

      expect(it.events.outcomes()).toEqual(["miss", "hit"]);
      expect(it.events.executions).toBe(1);
      expect(second).toEqual(first);
      const cacheDir = await realpath(it.temp.join("cache"));
      for (const file of [first.root, first.output, first.json_export, first.export_grad_fsl?.bvecs_path]) {
        expect(file?.startsWith(cacheDir), file ?? "an output is missing").toBe(true);
      }
      const header = JSON.parse(await readFile(first.json_export ?? "", "utf8")) as { dw_scheme: unknown[] };
      expect(header.dw_scheme).toHaveLength(8);
      expect((await readFile(first.export_grad_fsl?.bvals_path ?? "", "utf8")).trim().split(" ")).toHaveLength(8);
    });

    test("a later step takes an earlier step's cached output", async () => {
      await using it = await rig();
      const pipeline = () => {
        const converted = convertAll(it);
        return dwidenoise(
          converted.output,
          "denoised.mif",
          null,
          [3, 3, 3],
          "noise.mif",
          null,
          true,
          0,
          null,
          false,
          it.runner,
        );
      };
      const first = pipeline();
      const second = pipeline();

      expect(it.events.outcomes()).toEqual(["miss", "miss", "hit", "hit"]);
      expect(it.events.executions).toBe(2);
      expect(second).toEqual(first);
      expect((await readFile(first.out)).subarray(0, 12).toString()).toBe("mrtrix image");
      expect((await readFile(first.noise ?? "")).subarray(0, 12).toString()).toBe("mrtrix image");
    });

    test("changed content of an input file deep in the parameters is a miss", async () => {
      await using it = await rig();
      convertAll(it);
      await writeFile(it.dwi.bvals, (await readFile(it.dwi.bvals, "utf8")).replaceAll("1000", "2000"));
      const after = convertAll(it);

      expect(it.events.executions).toBe(2);
      expect(it.events.of("miss")[1]?.differences.map(({ name }) => name)).toContain("bvals");
      expect(await readFile(after.export_grad_fsl?.bvals_path ?? "", "utf8")).toContain("2000");
    });

    test("a new sibling of an input that may use its siblings is a miss", async () => {
      await using it = await rig();
      const convert = () =>
        mrconvert(it.dwi.image, "copy.mif", null, null, null, null, null, null, null, true, 0, it.runner);
      convert();
      await writeFile(it.temp.join("data", "sidecar.json"), "{}");
      convert();
      expect(it.events.executions).toBe(2);
    });

    test("lines of standard output are replayed to the wrapper's handler", async () => {
      await using it = await rig();
      const version = () =>
        dwidenoise(it.dwi.image, "unused.mif", null, null, null, null, false, null, null, true, it.runner).stdout;
      const first = version();
      const second = version();

      expect(it.events.outcomes()).toEqual(["miss", "hit"]);
      expect(first[0]).toMatch(/^== dwidenoise \d/);
      expect(second).toEqual(first);
    });

    test("the global runner serves wrappers that are given none", async () => {
      await using it = await rig();
      setGlobalRunner(it.runner);
      expect(getGlobalRunner()).toBe(it.runner);
      const convert = () => mrconvert(it.dwi.image, "copy.mif", null, null, null, "int16", null, null, null, true, 0);
      expect(convert()).toEqual(convert());
      expect(it.events.outcomes()).toEqual(["miss", "hit"]);
      expect(it.events.executions).toBe(1);
    });
  },
);
