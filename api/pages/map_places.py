"""What a map shows: the rows that the database counts by place, sorted by how precisely each place is known. Pure functions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schema.codelists.place_areas import AREAS, COUNTRY, DISC, MEANINGS, PLACE, POINT, area_of
from schema.codelists.vocabularies import COUNTRY as COUNTRIES

from ..pauses import paced, pause

DRAWN = (POINT, PLACE, DISC)  # What has its place on the map; a country has its shape.
ROWS, DECODER = '"rows":[', json.JSONDecoder()
UNKNOWN = "unknown"  # Neither a place nor a country is known.
NO_POINT = "no point"  # A place is named, but its coordinates are unknown.
WORDS = {**MEANINGS, UNKNOWN: "place unknown", NO_POINT: "coordinates unknown"}


@dataclass(frozen=True)
class Place:
    """A place with what is known to have happened in it. `area`: what is known of where, one of WORDS."""

    id: str
    name: str
    area: str
    records: int
    disputed: int
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def drawn(self) -> bool:
        """Whether it has a place on the map."""
        return self.area in DRAWN

    @property
    def meaning(self) -> str:
        return WORDS[self.area]


@dataclass(frozen=True)
class Placed:
    """All that a map shows, the most records first."""

    places: Sequence[Place]
    sources: Mapping[str, Mapping[str, Any]]

    @cached_property
    def records(self) -> int:
        return sum(self.by_area.values())

    @cached_property
    def disputed(self) -> int:
        return sum(place.disputed for place in self.places)

    @cached_property
    def drawn(self) -> list[Place]:
        return [place for place in self.places if place.drawn]

    @cached_property
    def beside(self) -> list[Place]:
        """What has no point: countries, which are tinted, and what we have no shape of."""
        return [place for place in self.places if not place.drawn]

    @property
    def tinted(self) -> list[str]:
        """The codes of the countries that are all that is known of a place."""
        return [place.country for place in self.places if place.area == COUNTRY and place.country]

    def of(self, *areas: str) -> int:
        """How many records are known so precisely."""
        return sum(self.by_area[area] for area in areas)

    @cached_property
    def by_area(self) -> Counter[str]:
        """How many records are known how precisely."""
        found = Counter[str]()
        for place in self.places:
            found[place.area] += place.records
        return found


def read_places(text: str) -> Placed:
    """What a map shows, from the JSON of a list whose `places` is a Places node. Its rows are read one by one, since there may be ten thousands."""
    first = text.index(ROWS) + len(ROWS)
    rows, at = list[Sequence[Any]](), first
    while text[at] != "]":
        pause()
        row, at = DECODER.raw_decode(text, at)
        rows.append(row)
        at += text[at] == ","
    return placed({**json.loads(text[:first] + text[at:])["places"], "rows": rows})


def placed(document: Mapping[str, Any]) -> Placed:
    """What a map shows of the rows of a Places node."""
    merged: dict[tuple[str, str, str], Place] = {}
    for place in map(_place, paced(document["rows"])):
        key = (place.id, place.area, place.country)
        found = merged.get(key)
        merged[key] = _together(found, place) if found else place
    order = sorted(
        ((-place.records, place.name, place.id, place.area), number, place) for number, place in enumerate(paced(merged.values()))
    )
    return Placed([place for *_, place in order], document["sources"])


def _place(row: Sequence[Any]) -> Place:
    id, name, sort, country, latitude, longitude, precision, records, disputed = row
    known = latitude is not None and longitude is not None
    area = area_of(precision, sort) if id or precision else COUNTRY if country else UNKNOWN
    if area in DRAWN and not known:
        area = NO_POINT if id else COUNTRY if country else UNKNOWN
    code = country or ""
    called = country_name(code) if area == COUNTRY and code else name or (country_name(code) if code else "")
    if area == COUNTRY and code:  # Whatever names it, it is one country.
        id = ""
    return Place(id or "", called, area, records, disputed, code, latitude if known else None, longitude if known else None)


def _together(one: Place, other: Place) -> Place:
    return Place(
        one.id, one.name, one.area, one.records + other.records, one.disputed + other.disputed, one.country, one.latitude, one.longitude
    )


def country_name(code: str) -> str:
    found = COUNTRIES.codes.get(code)
    return found.label if found else code


def counted(placed: Placed) -> Iterator[tuple[str, int]]:
    """How many records are known how precisely, from the most precise on; in words."""
    for area in (*AREAS, NO_POINT, UNKNOWN):
        if number := placed.of(area):
            yield WORDS[area], number
