"""Hits of the Python original, on request: each line of standard input is INPUT ROUNDS; each answer SECONDS for all."""

import logging
import pathlib
import sys
import time

from styxcache import CachingRunner
from styxdefs import LocalRunner, Metadata

OUTPUTS = [f"out{n}.txt" for n in range(1, 7)]


def call(runner: CachingRunner, tool: str, given: str) -> None:
    execution = runner.start_execution(Metadata(id="bench-1", name="bench-tool", package="bench", citations=[]))
    params = execution.params({"input": given, "level": 1})
    cargs = [tool, execution.input_file(params["input"]), "--level", "1"]
    for name in [".", *OUTPUTS]:
        execution.output_file(name)
    execution.run(cargs, handle_stdout=lambda line: None, handle_stderr=lambda line: None)


def main() -> None:
    directory, tool = pathlib.Path(sys.argv[1]), sys.argv[2]
    runner = CachingRunner(LocalRunner(data_dir=directory / "runs"), directory / "cache")
    logging.disable(logging.INFO)
    for line in sys.stdin:
        given, rounds = line.rsplit(" ", 1)
        start = time.perf_counter()
        for _ in range(int(rounds)):
            call(runner, tool, given)
        print(time.perf_counter() - start, flush=True)


main()
