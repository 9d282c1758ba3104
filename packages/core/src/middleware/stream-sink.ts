/** Takes the bytes of a run's two streams, live or replayed. */
export interface StreamSink {
  readonly stdout: ((chunk: Uint8Array) => void) | undefined;
  readonly stderr: ((chunk: Uint8Array) => void) | undefined;
  /** Both streams have ended: hands out what is left of their last lines. */
  flush(): void;
  /** Flushes. @throws what a consumer threw */
  end(): void;
}

/** `sink`, and whether an error is one that it threw. */
export function watchSink(sink: StreamSink): {
  readonly sink: StreamSink;
  readonly threw: (error: unknown) => boolean;
} {
  const thrown = new Set<unknown>();
  const watch = <T extends unknown[]>(consume: (...args: T) => void): ((...args: T) => void) => {
    return (...args) => {
      try {
        consume(...args);
      } catch (error) {
        thrown.add(error);
        throw error;
      }
    };
  };
  const { stdout, stderr } = sink;
  const watched: StreamSink = {
    stdout: stdout === undefined ? undefined : watch(stdout),
    stderr: stderr === undefined ? undefined : watch(stderr),
    flush: () => sink.flush(),
    end: watch(() => sink.end()),
  };
  return { sink: watched, threw: (error) => thrown.has(error) };
}
