"""The run store entropic, on request: each line of standard input asks, each answer is SECONDS.

fill DIR COUNT    a store of so many records (not timed: the answer is 0)
hit DIR ROUNDS    run_or_retrieve of records that are there, spread over all
sweep DIR COUNT   a sweep of so many points, with the store opened for it
"""

import logging
import pathlib
import sys
import time

from entropic import Base, Mapped, Store
from sqlalchemy import insert, select

logging.disable(logging.CRITICAL)


class Result(Base):
    __tablename__ = "results"
    n: Mapped[int]
    batch: Mapped[int]
    dt: Mapped[float]
    method: Mapped[str]


def point(n: int) -> dict:
    return {"n": n, "batch": n // 100, "dt": 0.01, "method": "rk4"}


def write_result(params: dict) -> None:
    with open(params["result_file"], "w") as file:
        file.write("done")


def open_store(directory: str, runner=write_result) -> Store:
    path = pathlib.Path(directory)
    path.mkdir(parents=True, exist_ok=True)
    return Store(runner, Result, path / "results", ".dat", f"sqlite:///{path / 'runs.sqlite3'}")


def fill(directory: str, count: int) -> float:
    store = open_store(directory)
    rows = [
        {**point(n), "id": Store._hash_params(point(n)), "result_file": str(n), "custom_data": {"elapsed_seconds": 0.1}}
        for n in range(count)
    ]
    with store._get_session(store._db_url) as session:
        session.execute(insert(Result), rows)
        session.commit()
        assert len(session.scalars(select(Result.id)).all()) == count
    return 0.0


def refuse(params: dict) -> None:
    raise RuntimeError("a hit ran")


def hit(directory: str, rounds: int) -> float:
    store = open_store(directory, refuse)
    with store._get_session(store._db_url) as session:
        count = len(session.scalars(select(Result.id)).all())
    points = [point(round_ * count // rounds) for round_ in range(rounds)]
    start = time.perf_counter()
    for params in points:
        store.run_or_retrieve(params)
    return time.perf_counter() - start


def sweep(directory: str, count: int) -> float:
    start = time.perf_counter()
    records = open_store(directory).sweep(point(n) for n in range(count))
    seconds = time.perf_counter() - start
    assert len(records) == count
    return seconds


ASKED = {"fill": fill, "hit": hit, "sweep": sweep}


def main() -> None:
    for line in sys.stdin:
        what, rest = line.split(" ", 1)
        directory, number = rest.rsplit(" ", 1)
        print(ASKED[what](directory, int(number)), flush=True)


main()
