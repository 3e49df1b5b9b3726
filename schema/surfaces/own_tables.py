"""The tables of docs/own-tables.md that are generated: the keys of a map, what a column may become, and which HXL tag becomes which field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..formats import map_keys as keys
from ..formats.hxl import COUNTRY_TAGS, TAGS
from ..formats.hxl_counts import BASES, BOUNDS, MEASURES, POPULATIONS, UNITS

HEADERS = {
    "keys": ("key", "meaning"), "column keys": ("key", "meaning"), "targets": ("target", "meaning"), "tags": ("field", "tags"),
    "counts": ("attributes", "meaning"),
}  # fmt: skip
FIELDS = {
    "event.FIELD": "A field of the event; likewise `place.FIELD` of its place, and `source.FIELD` of the source that the row credits.",
    "admin1.FIELD": "A field of an administrative division that contains the place, up to `admin5`.",
    "NAME.FIELD": "A field of one of the figures or actors that the map names, such as `killed.best` or `attacker.name`.",
    "#tag+attribute": "What this HXL tag stands for.",
}


def with_tables(page: str) -> str:
    """The page with its generated tables, each between two comments."""
    for name, rows in _tables().items():
        pattern = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.S)
        table = "".join(f"| {' | '.join(row)} |\n" for row in [HEADERS[name], ("---", "---"), *rows])
        page = pattern.sub(lambda _, table=table: f"\n{table}\n", page)  # type: ignore[misc]
    return page


def _tables() -> dict[str, list[tuple[str, str]]]:
    return {
        "keys": _described(keys.MAP_KEYS),
        "column keys": _described(keys.COLUMN_KEYS),
        "targets": _described({**FIELDS, **keys.SPECIAL_TARGETS, **keys.UNTARGETED}),
        "tags": [(f"`{field}`", _groups(groups)) for field, groups in TAGS.items()]
        + [("`event.country`", "; else ".join(_code(patterns) for patterns, _ in COUNTRY_TAGS))],
        "counts": [
            *((_code(_signed(names)), f"measure `{code}`") for code, names in _by_code(MEASURES).items()),
            *(
                (_code(["+" + "+".join(names)]) if names else "none of these", f"population `{code}`")
                for names, code in POPULATIONS.items()
            ),
            *((_code(_signed(names)), f"unit `{code}`") for code, names in _by_code(UNITS).items()),
            *((_code(_signed(names)), f"the number is `{code}` instead of `best`") for code, names in _by_code(BOUNDS).items()),
            *((_code(_signed(names)), f"basis `{code}`") for code, names in _by_code(BASES).items()),
        ],
    }


def _described(sentences: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"`{name}`", sentence) for name, sentence in sentences.items()]


def _by_code(codes: Mapping[str, str]) -> dict[str, list[str]]:
    return {code: [name for name, other in codes.items() if other == code] for code in dict.fromkeys(codes.values())}


def _signed(names: Iterable[str]) -> list[str]:
    return [f"+{name}" for name in names]


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _groups(groups: Iterable[Iterable[str]]) -> str:
    return "; else ".join(map(_code, groups))
