"""Finds what a file of JSON has beside its records that may be records too: nothing is left out without a word."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .json_layout import ENVELOPES, folded
from .json_reader import as_written
from .unpack import UnpackedFile

# What describes the records or the response, and has no records itself. The names of these members are folded: see `folded`.
ABOUT_RECORDS = frozenset(
    "aggregations attribution bbox columns crs disclaimer error errors extent facets fields header headers licence licences license licenses link links "
    "message messages meta metadata note notes page pageinfo pages pagination paging parameters params query schema warning warnings".split()
)


SUMS = frozenset(
    "sum sums summary total totals".split()
)  # Objects beside the records that are no records, although they have the same members.


def refuse_others(file: UnpackedFile, records: str, key: str, value: Any, first: Collection[str] = ()) -> None:
    """Raises LoadRefused if a member beside the records may have records too, which would be lost, or says that some are missing.

    `records`: the keys that lead to the records. `first`: the names of the values of the first one, if it was read already.
    """
    if key.lower() in ("error", "errors") and isinstance(value, (dict, list)) and value:
        raise file.refusal(
            f"reports errors beside its records, in {key!r}: {as_written(value)[:80]}; they may be incomplete: request them again, or remove {key!r}"
        )
    if others := [*lists_beside(key, value)]:
        raise file.refusal(
            f"has several lists of records: {', '.join([records, *others])}; save each as a file of its own, or remove what are no records"
        )

    if others := [*records_beside(key, value, first)]:
        raise file.refusal(
            f"has records in {records}, and beside these {', '.join(others)}, with the same values, which would not be read; put them with the others, or remove them"
        )


def lists_beside(key: str, value: Any) -> Iterator[str]:
    """Of a member beside the records, by names with dots, what may have records too: lists of objects or of lists, and objects of objects that are alike.

    What describes the records, such as their columns, or the response has no records.
    """
    if isinstance(value, list):
        inside = [item for item in value if isinstance(item, (dict, list))]
        if any(isinstance(item, list) for item in inside) or (inside and folded(key) not in ABOUT_RECORDS):
            yield key
    elif isinstance(value, dict) and folded(key) not in ABOUT_RECORDS:
        if len(value) > 1 and all(isinstance(item, dict) and item.keys() == next(iter(value.values())).keys() for item in value.values()):
            yield key
        else:
            yield from (f"{key}.{name}" for inner, item in value.items() for name in lists_beside(inner, item))


def records_beside(key: str, value: Any, first: Collection[str]) -> Iterator[str]:
    """Of a member beside the records, by names with dots, the objects that are like the first record: each has half of its values, and little else.

    Of an object whose values are alike, `lists_beside` has named it already.
    """
    if not isinstance(value, dict) or folded(key) in ABOUT_RECORDS | SUMS or [*lists_beside(key, value)]:
        return
    common = len(value.keys() & {*first})
    if common > 1 and 2 * common >= max(len(first), len(value)):
        yield key
    else:
        yield from (f"{key}.{name}" for inner, item in value.items() for name in records_beside(inner, item, first))


def has_records_inside(record: Mapping[str, Any], first: Mapping[str, Any]) -> str:
    """The key of a list of records in what is read as one record, and is the envelope or the page of others, unlike the first record; empty if there is none."""
    if 2 * len(record.keys() & first.keys()) >= len(first):
        return ""
    lists = (key for key, value in record.items() if key not in first and isinstance(value, list) and value and isinstance(value[0], dict))
    return next((key for key in lists if key.lower() in ENVELOPES), "")
