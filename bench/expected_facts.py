"""What the collection of bench/steady.py says, computed without the program: compares a response with it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from typing import Any

CHANGED = 7  # The number of the event whose two figures each load changes.
MEASURES = {"a": "killed", "b": "injured"}


class Wrong(Exception):
    """A response differs from what was written; the message says where."""


def best_of(figure: str, value: int) -> int:
    """The number of a figure, such as a12, at a revision in which the changed ones have `value`."""
    return value if int(figure[1:]) == CHANGED else int(figure[1:])


def same(where: str, found: object, expected: object) -> None:
    if str(found) != str(expected):
        raise Wrong(f"{where}: {found!r} in place of {expected!r}")


def compare(path: str, body: bytes, value: int, events: int) -> None:
    """Compare every fact in a response with what was written. Raises Wrong."""
    value = 1 if "revision=1" in path else value
    if path.startswith("/v1/figures.csv"):
        return _file(body, value, events)
    if path.startswith(("/events/", "/embed/")):
        return _page(path, body.decode(), value)
    document = json.loads(body)
    if path.startswith("/v1/figures/totals"):
        return _totals(document, value, events)
    for record in records(document):
        _record(record, value)
    if found := re.search(r"/v1/events/e(\d+)", path):
        same(path, document.get("data", document)["id"], f"e{found[1]}")
    if found := re.search(r"event=e(\d+)", path):
        same(path, sorted(record["best"] for record in document["data"]), [best_of(f"a{found[1]}", value)] * 2)
    return None


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document that has an id, at any depth."""
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for inner in value.values():
            yield from records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records(inner)


def _record(record: dict[str, Any], value: int) -> None:
    where = str(record["id"]).rpartition(":")[2].partition("@")[0]
    if re.fullmatch(r"e\d+", where):
        number = int(where[1:])
        if "name" in record:
            same(f"{where}.name", record["name"], f"Event {number}")
        if "started_on" in record:
            same(f"{where}.started_on", record["started_on"], f"2024-{1 + number % 12:02}-{1 + number % 28:02}")
        figures = record.get("figures")
        if isinstance(figures, dict):
            same(f"{where}.figures", sorted(one["best"] for one in figures["nodes"]), [best_of(where, value)] * 2)
    elif re.fullmatch(r"[ab]\d+", where):
        for key, expected in (("best", best_of(where, value)), ("measure", MEASURES[where[0]]), ("event", f"e{where[1:]}")):
            if key in record and isinstance(record[key], str | int):
                same(f"{where}.{key}", record[key], expected)


def _totals(document: dict[str, Any], value: int, events: int) -> None:
    sums = {row["measure"]: row["best"] for row in document["data"]}
    total = sum(best_of(f"a{number}", value) for number in range(events))
    same("totals", sums, dict.fromkeys(sorted(sums), total))
    same("totals", sorted(sums), sorted(MEASURES.values()))


def _file(body: bytes, value: int, events: int) -> None:
    rows = {row["id"]: row["best"] for row in csv.DictReader(body.decode("utf-8-sig").splitlines())}
    same("figures.csv", len(rows), events)
    for figure, best in rows.items():
        same(f"figures.csv, {figure}", best, best_of(figure, value))


def _page(path: str, text: str, value: int) -> None:
    name = re.search(r"[ea](\d+)$", path)
    number = int(name[1]) if name else CHANGED
    if f"Event {number}" not in text:
        raise Wrong(f"{path} does not name Event {number}")
    plain = re.sub(r"(?<=\d)[,\u202f\u00a0](?=\d{3})", "", re.sub(r"<[^>]+>", " ", text))
    if not re.search(rf"(?<!\d){best_of(f'a{number}', value)}(?!\d)", plain):
        raise Wrong(f"{path} does not say {best_of(f'a{number}', value)}")
