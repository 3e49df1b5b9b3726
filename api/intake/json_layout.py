"""Finds where the records are in a file of JSON: in a list, in an object of them, or in an envelope or pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .json_reader import JsonReader, as_written

# The keys under which programs return their records, in any case; and what else a page of records may have.
ENVELOPES = ("data", "features", "items", "records", "result", "results", "rows", "value")
PAGE_MEMBERS = frozenset(
    "count error help limit links meta metadata message next nextpage nextpageurl offset page pagesize pages pagination previous prev "
    "previouspageurl status success total totalcount totalpages type name crs".split()
)
LIST, KEYED = "[", "{"  # Steps of a path to the records: into a list, and into an object whose values are records.

Path_ = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Where the records are: the keys and steps that lead to them. `columns` and `index`: the names of columns and of rows, if lists of them are beside the rows."""

    path: Path_
    columns: tuple[str, ...] = ()
    index: tuple[str, ...] = ()


@dataclass
class Envelope:
    """An object that may have records in it: its keys, the paths to lists in it, and whether all its values are objects, or lists of plain values."""

    keys: set[str] = field(default_factory=set)
    lists: dict[str, Path_] = field(default_factory=dict)
    keyed: bool = True
    columnar: bool = True
    names: dict[str, list[Any]] = field(
        default_factory=dict
    )  # Lists of plain values called `columns` and `index`, as pandas writes them beside rows.

    @property
    def candidates(self) -> list[str]:
        """The keys of the lists that may be the records."""
        return [key for key in self.lists if key.lower() in ENVELOPES] or [*self.lists]

    @property
    def is_page(self) -> bool:
        """Whether it has one list, by a usual name, and otherwise only what pages of records have."""
        others = {*map(folded, self.keys - {*self.candidates})}
        return len(self.candidates) == 1 and self.candidates[0].lower() in ENVELOPES and others <= PAGE_MEMBERS


def folded(key: str) -> str:
    """A key in small letters and without what joins its words."""
    return key.lower().replace("_", "").replace("-", "")


def find_layout(reader: JsonReader, is_record: Callable[[Iterable[str]], bool]) -> Layout:
    """Where the records are in this file. `is_record` says whether an object with these keys is a record of a known format. Raises LoadRefused."""
    if reader.peek() == "[":
        return Layout(_path_in_list(reader))
    envelope = _envelope(reader)
    alone = not reader.peek()
    if alone and "data" in envelope.lists and (columns := envelope.names.get("columns")):
        index = [*map(str, envelope.names.get("index", ()))]
        is_counted = index == [*map(str, range(len(index)))]
        return Layout(envelope.lists["data"], (*map(str, columns),), () if is_counted else (*index,))
    return Layout(_path_in_object(reader, envelope, alone, is_record))


def _path_in_list(reader: JsonReader) -> Path_:
    value = ""
    for _ in reader.items():
        if not value and (first := reader.peek()) in "[{":
            page = _envelope(reader) if first == "{" else Envelope()
            return (LIST, *(page.lists[page.candidates[0]] if page.is_page else ()))
        cell = as_written(reader.value())
        value = value or cell
    if value and reader.peek() == "[":  # Each row is a list of its own.
        return ()
    raise reader.file.refusal(
        f"is a list of values, such as {value[:40]}, not of records" if value else "has no records: its list is empty"
    )


def _path_in_object(reader: JsonReader, envelope: Envelope, alone: bool, is_record: Callable[[Iterable[str]], bool]) -> Path_:
    if alone and envelope.columnar and len(envelope.keys) > 1:
        name = min(envelope.keys)
        raise reader.file.refusal(f"is an object of columns, such as {name!r}, not of records; save it as a list of records")
    if envelope.is_page or (alone and envelope.lists and not is_record(envelope.keys)):
        if len(envelope.candidates) > 1:
            raise reader.file.refusal(f"has several lists of records: {', '.join(envelope.candidates)}; save each as a file of its own")
        return envelope.lists[envelope.candidates[0]]
    return (KEYED,) if alone and envelope.keyed and envelope.keys else ()


def _envelope(reader: JsonReader) -> Envelope:
    """What the object here is, which is read to its end."""
    envelope = Envelope()
    for key in reader.members():
        envelope.keys.add(key)
        first, usual = reader.peek(), key.lower() in ENVELOPES
        envelope.keyed &= first == "{"
        envelope.columnar &= first == "["
        if first == "[" and key in ("columns", "index"):
            values = reader.value()
            if not any(isinstance(value, (dict, list)) for value in values):
                envelope.names[key] = values
            elif all(isinstance(value, dict) for value in values):
                envelope.lists[key] = (key, LIST)
                envelope.columnar = False
        elif first == "[":
            if _has_records(reader, usual):
                envelope.lists[key] = (key, LIST)
                envelope.columnar = False
        elif first == "{" and usual:
            inside = _envelope(reader)
            if len(inside.candidates) == 1:
                envelope.lists[key] = (key, *inside.lists[inside.candidates[0]])
        else:
            reader.value()
    return envelope


def _has_records(reader: JsonReader, may_be_empty: bool) -> bool:
    """Whether the list here, which is read to its end, has objects alone or lists alone."""
    kinds = set()
    for _ in reader.items():
        kinds.add(reader.peek())
        reader.value()
    return kinds in ({"{"}, {"["}) or (may_be_empty and not kinds)
