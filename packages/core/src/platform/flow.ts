/**
 * One description of a protocol, two ways to carry it out: blocking, for the synchronous contract of
 * generated wrappers, and not blocking, for everyone else. A flow is a generator that yields a step
 * wherever the two differ (a tool runs, a large file is read, a lock is waited for); all else in it is
 * plain code. What a step throws is thrown at its `yield*`.
 */
export type Flow<T> = Generator<Step<unknown>, T, unknown>;

/** A piece of work that can be done while the caller blocks, or while it does not. */
export interface Step<T> {
  sync(): T;
  async(): Promise<T>;
}

/** Performs `step` inside a flow: `const result = yield* perform({ sync, async })`. */
export function* perform<T>(step: Step<T>): Flow<T> {
  return (yield step) as T;
}

/** Carries out `flow`, blocking the thread. */
export function runBlocking<T>(flow: Flow<T>): T {
  let turn = flow.next();
  while (!turn.done) {
    let value: unknown;
    try {
      value = turn.value.sync();
    } catch (error) {
      turn = flow.throw(error);
      continue;
    }
    turn = flow.next(value);
  }
  return turn.value;
}

/** Carries out `flow` without blocking the event loop. */
export async function runUnblocked<T>(flow: Flow<T>): Promise<T> {
  let turn = flow.next();
  while (!turn.done) {
    let value: unknown;
    try {
      value = await turn.value.async();
    } catch (error) {
      turn = flow.throw(error);
      continue;
    }
    turn = flow.next(value);
  }
  return turn.value;
}
