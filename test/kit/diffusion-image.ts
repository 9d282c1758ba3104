import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** A small diffusion-weighted acquisition, as files. Host paths, absolute. */
export interface DiffusionImage {
  /** The image, in MRtrix's own format. */
  readonly image: string;
  /** Gradient directions and weightings, in FSL's format. */
  readonly bvecs: string;
  readonly bvals: string;
}

const size = [8, 8, 4, 12] as const;

/**
 * Writes a 4D image of noise around a smooth signal, with its gradient table; the same bytes for the same seed.
 * @param dir host path of the directory to write into
 */
export async function writeDiffusionImage(dir: string, seed = 1): Promise<DiffusionImage> {
  await mkdir(dir, { recursive: true });
  const files = { image: path.join(dir, "dwi.mif"), bvecs: path.join(dir, "bvecs"), bvals: path.join(dir, "bvals") };
  await writeFile(files.image, Buffer.concat([header(), voxels(seed)]));
  const directions = Array.from({ length: size[3] }, (_, volume) => direction(volume));
  await writeFile(files.bvecs, [0, 1, 2].map((axis) => directions.map((d) => d[axis]).join(" ") + "\n").join(""));
  await writeFile(files.bvals, directions.map((_, volume) => (volume === 0 ? 0 : 1000)).join(" ") + "\n");
  return files;
}

function header(): Buffer {
  const offset = 256;
  const lines = [
    "mrtrix image",
    `dim: ${size.join(",")}`,
    "vox: 2,2,2,1",
    "layout: +0,+1,+2,+3",
    "datatype: Float32LE",
    "transform: 1,0,0,0",
    "transform: 0,1,0,0",
    "transform: 0,0,1,0",
    `file: . ${offset}`,
    "END",
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join("\n"))], offset);
}

function voxels(seed: number): Buffer {
  const random = mulberry32(seed);
  const count = size.reduce<number>((product, length) => product * length, 1);
  const buffer = Buffer.alloc(count * 4);
  for (let index = 0; index < count; index += 1) {
    buffer.writeFloatLE(100 + 20 * Math.sin(index / 17) + 10 * (random() - 0.5), index * 4);
  }
  return buffer;
}

/** Unit vectors spread over a spiral. */
function direction(volume: number): readonly [number, number, number] {
  const z = 1 - (2 * volume + 1) / size[3];
  const angle = volume * Math.PI * (3 - Math.sqrt(5));
  const radius = Math.sqrt(1 - z * z);
  return [radius * Math.cos(angle), radius * Math.sin(angle), z];
}

/** A small generator of numbers in [0, 1), for test data only. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
