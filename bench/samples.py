"""Loads real sample files into one database, in several orders: `python -m bench.samples --orders 3`.

Each load may take three times as long as into an empty database, and `verify` at the end two minutes: a statement that compares a few
records with everything in the database shows here, and not with one file alone. The samples are not part of the project.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.postgres import migrate

from .database import BUILD, ROOT
from .loading.command import Command, CommandFailed
from .loading.workspace import Workspace, open_workspace
from .report import _markdown as markdown

SAMPLES = ROOT.parent / "shared" / "samples"
SUFFIXES = (".csv", ".tsv", ".json", ".geojson", ".xlsx")
MOST_TIMES, MOST_SECONDS = 3.0, 120.0
HOME = BUILD / "samples"
SEED = 14
Times = dict[str, float]  # Seconds, by file.


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.samples", description="Loads sample files into one database, in several orders.")
    parser.add_argument("--samples", type=Path, default=SAMPLES, help="the folder of the files")
    parser.add_argument("--orders", type=int, default=3, help="how many: as listed, reversed, then shuffled")
    parser.add_argument("--only", default="", help="a regular expression for the names of files")
    given = parser.parse_args()
    files = [file for file in sample_files(given.samples) if re.search(given.only, file.name)]
    if not files:
        print(f"skipped: there are no sample files in {given.samples}")
        return
    with open_workspace(plain=True, keep=False, home=HOME) as place:
        alone = dict(loadable(place, files))
        orders = list(some_orders([file for file in files if file.name in alone], given.orders))
        found = [in_order(place, order) for order in orders]
    print(markdown(table(alone, [times for times, _ in found])))
    print()
    print(markdown(verdict(alone, found)))


def sample_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES) if folder.is_dir() else []


def some_orders(files: list[Path], count: int) -> Iterator[list[Path]]:
    """The files as listed, reversed, and then in random orders from a fixed seed."""
    chance = random.Random(SEED)
    for number in range(count):
        yield files[:: -1 if number == 1 else 1] if number < 2 else chance.sample(files, len(files))


def loadable(place: Workspace, files: Iterable[Path]) -> Iterator[tuple[str, float]]:
    """The seconds of a load of each file into an empty database, except for files that cannot be loaded."""
    for file in files:
        try:
            yield file.name, load(place, fresh(place), file)
        except CommandFailed as error:
            print(f"{file.name}: not loaded: {str(error).strip().splitlines()[-1][:150]}", flush=True)


def in_order(place: Workspace, files: list[Path]) -> tuple[Times, float]:
    """The seconds of each load into one database, and those of `verify` at the end."""
    url = fresh(place)
    times = {file.name: load(place, url, file) for file in files}
    verified = Command(url, place.home / "verify.log", "verify").ended()
    print(f"verify: {verified.seconds:.1f} s", flush=True)
    return times, verified.seconds


def fresh(place: Workspace) -> str:
    url = asyncio.run(place.fresh("samples"))
    migrate.migrate(url)
    return url


def load(place: Workspace, url: str, file: Path) -> float:
    source = f"sample-{re.sub(r'[^a-z0-9]+', '-', file.name.lower())}"
    ran = Command(url, place.home / "load.log", "load", file, "--source", source, "--reject-to", place.home / "rejected.json").ended()
    print(f"{file.name}: {ran.seconds:.1f} s", flush=True)
    return ran.seconds


def table(alone: Times, orders: list[Times]) -> Iterator[tuple[str, ...]]:
    yield "file", "into an empty database, s", *(f"in order {number}, s" for number in range(1, len(orders) + 1)), "longest, ×"
    for name, seconds in alone.items():
        times = [order[name] for order in orders]
        yield name, f"{seconds:.1f}", *(f"{one:.1f}" for one in times), f"{max(times) / seconds:.2f}"


def verdict(alone: Times, orders: list[tuple[Times, float]]) -> Iterator[tuple[str, ...]]:
    longest = max((times[name] / alone[name], name) for times, _ in orders for name in times)
    verified = max(seconds for _, seconds in orders)
    yield "what", "target", "measured", "met"
    yield (
        f"time of a load, relative to that into an empty database ({longest[1]})", f"at most {MOST_TIMES:g} ×", f"{longest[0]:.2f} ×",
        "yes" if longest[0] <= MOST_TIMES else "no",
    )  # fmt: skip
    yield "time of `verify`", f"at most {MOST_SECONDS:g} s", f"{verified:.1f} s", "yes" if verified <= MOST_SECONDS else "no"


if __name__ == "__main__":
    main()
