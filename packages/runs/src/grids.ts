import { UsageError } from "@runcache/core";

/** Points of a grid, made when they are asked for: it can be gone over again, and needs no memory. */
export interface Grid<T> extends Iterable<T> {
  /** How many points it has. */
  readonly size: number;
}

type Axes = Readonly<Record<string, readonly unknown[]>>;
type Point<A extends Axes> = { readonly [K in keyof A]: A[K][number] };

/**
 * Every combination of the values of `axes`; the last axis changes fastest.
 * @throws UsageError `ERR_RUNCACHE_GRID` where an axis is no array
 * @example
 * ```ts
 * import { expandGrid } from "@runcache/runs";
 * console.log([...expandGrid({ n: [10, 20], dt: [0.1] })]); // [{ n: 10, dt: 0.1 }, { n: 20, dt: 0.1 }]
 * ```
 */
export function expandGrid<const A extends Axes>(axes: A): Grid<Point<A>> {
  const names = checkAxes(axes);
  const size = names.reduce((product, name) => product * lengthOf(axes, name), 1);
  return grid(size, (index) => {
    let rest = index;
    const places = names.toReversed().map((name) => {
      const length = lengthOf(axes, name);
      const place = rest % length;
      rest = Math.floor(rest / length);
      return [name, axes[name]?.[place]] as const;
    });
    return Object.fromEntries(places.toReversed()) as Point<A>;
  });
}

/**
 * The first values of all `axes`, then the second, and so on.
 * @throws UsageError `ERR_RUNCACHE_GRID` where axes differ in length, or one is no array
 */
export function zipGrid<const A extends Axes>(axes: A): Grid<Point<A>> {
  const names = checkAxes(axes);
  const lengths = new Set(names.map((name) => lengthOf(axes, name)));
  if (lengths.size > 1) {
    const found = names.map((name) => `${name} ${lengthOf(axes, name)}`).join(", ");
    throw gridError(`zipGrid needs axes of one length, and has ${found}`);
  }
  const [size = 0] = lengths;
  return grid(size, (index) => Object.fromEntries(names.map((name) => [name, axes[name]?.[index]])) as Point<A>);
}

/** What a random point has of one name: a range, from which all reals or whole numbers come, or a choice. */
export type RandomAxis =
  | { readonly min: number; readonly max: number; readonly integer?: boolean; readonly log?: boolean }
  | readonly unknown[];

type RandomPoint<A extends Readonly<Record<string, RandomAxis>>> = {
  readonly [K in keyof A]: A[K] extends readonly (infer T)[] ? T : number;
};

/**
 * `size` points, drawn from `axes`; the same seed always gives the same ones, and a longer grid begins with
 * those of a shorter one. `min` is drawn, `max` only of whole numbers.
 * @throws UsageError `ERR_RUNCACHE_GRID` on an empty range or choice, a seed or size that is no whole number
 */
export function randomGrid<const A extends Readonly<Record<string, RandomAxis>>>(
  seed: number,
  axes: A,
  size: number,
): Grid<RandomPoint<A>> {
  if (!Number.isSafeInteger(seed)) throw gridError(`the seed is ${seed}; give a whole number`);
  if (!Number.isSafeInteger(size) || size < 0) throw gridError(`the size is ${size}; give a whole number`);
  const draws = Object.entries(axes).map(([name, axis]) => [name, drawerOf(name, axis)] as const);
  return grid(size, (index) => {
    const random = randomAt(seed, index);
    return Object.fromEntries(draws.map(([name, draw]) => [name, draw(random())])) as RandomPoint<A>;
  });
}

function grid<T>(size: number, at: (index: number) => T): Grid<T> {
  return {
    size,
    *[Symbol.iterator]() {
      for (let index = 0; index < size; index++) yield at(index);
    },
  };
}

function drawerOf(name: string, axis: RandomAxis): (random: number) => unknown {
  if (Array.isArray(axis)) {
    const values = axis as readonly unknown[];
    if (values.length === 0) throw gridError(`${name} has nothing to choose from`);
    return (random) => values[Math.floor(random * values.length)];
  }
  const { min, max, integer = false, log = false } = axis as Exclude<RandomAxis, readonly unknown[]>;
  const isRange = Number.isFinite(min) && Number.isFinite(max) && (integer ? min <= max : min < max);
  if (!isRange || (log && min <= 0)) throw gridError(`${name} has no range from ${min} to ${max}`);
  if (integer && !(Number.isSafeInteger(min) && Number.isSafeInteger(max)))
    throw gridError(`${name}: ${min} to ${max} are no whole numbers`);
  const draw = (random: number): number =>
    log ? min * ((integer ? max + 1 : max) / min) ** random : min + random * (max - min + (integer ? 1 : 0));
  return integer ? (random) => Math.min(max, Math.floor(draw(random))) : draw;
}

/** Uniform numbers from 0 to 1 for the point `index`: a generator of its own, so that each point can be made alone. */
function randomAt(seed: number, index: number): () => number {
  let state = mix(
    mix(seed | 0) ^
      mix(Math.floor(seed / 2 ** 32) | 0) ^
      mix((index | 0) + 0x9e3779b9) ^
      mix(Math.floor(index / 2 ** 32) | 0),
  );
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state) >>> 0;
  };
  // 53 bits: as many as a double has.
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** A permutation of 32 bits that leaves no trace of order (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function checkAxes(axes: Axes): string[] {
  const names = Object.keys(axes);
  const wrong = names.find((name) => !Array.isArray(axes[name]));
  if (wrong !== undefined) throw gridError(`the axis ${wrong} is no array of values`);
  return names;
}

function lengthOf(axes: Axes, name: string): number {
  return axes[name]?.length ?? 0;
}

function gridError(message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_GRID", message);
}
