// @ts-check

const HEADER_BYTES = 352;
const FLOAT32 = 16;

/**
 * A NIfTI-1 file (https://nifti.nimh.nih.gov/nifti-1): a bright ball that decays along the fourth axis, in noise.
 * @param {{ shape: readonly [number, number, number, number], seed: number }} options
 */
export function makeNifti({ shape, seed }) {
  const [nx, ny, nz, nt] = shape;
  const file = Buffer.alloc(HEADER_BYTES + nx * ny * nz * nt * 4);
  file.writeInt32LE(348, 0); // sizeof_hdr
  [4, ...shape, 1, 1, 1].forEach((size, axis) => file.writeInt16LE(size, 40 + 2 * axis)); // dim
  file.writeInt16LE(FLOAT32, 70); // datatype
  file.writeInt16LE(32, 72); // bitpix
  [1, 2, 2, 2, 1, 0, 0, 0].forEach((size, axis) => file.writeFloatLE(size, 76 + 4 * axis)); // pixdim: 2 mm, 1 s
  file.writeFloatLE(HEADER_BYTES, 108); // vox_offset
  file.writeFloatLE(1, 112); // scl_slope
  file.writeInt16LE(1, 254); // sform_code: scanner
  file.writeFloatLE(2, 280); // srow_x
  file.writeFloatLE(2, 300); // srow_y
  file.writeFloatLE(2, 320); // srow_z
  file.write("n+1\0", 344, "latin1"); // magic

  const random = noise(seed);
  let offset = HEADER_BYTES;
  for (let t = 0; t < nt; t++) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++) {
          const radius = Math.hypot(x - nx / 2, y - ny / 2, z - nz / 2);
          const signal = radius < nx / 3 ? 1000 * Math.exp(-t / 8) : 50;
          offset = file.writeFloatLE(signal + 20 * random(), offset);
        }
      }
    }
  }
  return file;
}

/**
 * Numbers in [0, 1) by mulberry32, which is all that a phantom needs.
 * @param {number} seed
 */
function noise(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
