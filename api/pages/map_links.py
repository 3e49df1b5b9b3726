"""The maps that pages of facts lead to and show: of the records of a list, and of what a page of a record is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..rest.parameters import AS_OF, Parameters
from .static_files import Files

ATLAS = "world-atlas"
OF = "of"  # The parameter that says what is on a map.
MAX_MAPPED = 20_000  # Records of a list whose page shows a map: it is drawn for everybody who opens the page.
NOT_OF_MAPS = ("limit", "after", "order")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class MapLink:
    """A map that a page shows: the address of its picture, of its page with a table, and what it shows in words."""

    picture: str
    page: str
    alt: str

    @property
    def png(self) -> str:
        """The address of the picture for whoever shows no SVG."""
        return self.picture.replace(".svg", ".png", 1)

    @property
    def shows(self) -> str:
        """What it shows, without where the same is as a table."""
        return self.alt.partition(";")[0]


class MapLinks:
    """The maps of the pages of some kinds; none where the shapes are not installed."""

    def __init__(self, kinds: Kinds, files: Files) -> None:
        self.kinds, self.files, self.installed = kinds, files, False

    def of_list(self, kind: Kind, params: Parameters, count: int) -> MapLink | None:
        """The map of the records of a list, if there are some; of very many, only the link to its page, without a picture."""
        if not kind.point or not count:
            return None
        noun = kind.name if count == 1 else kind.plural
        link = self._link(kind, [(name, text) for name, text in params if name not in NOT_OF_MAPS], f"{count:,} {noun}")
        if link is None or count <= MAX_MAPPED:
            return link
        return replace(link, picture="", alt=f"Map of {count:,} {noun}, with the same as a table")

    def of_record(self, kind: Kind, record: Document, name: str, params: Parameters) -> MapLink | None:
        """The map of a record, of the events in a place, or of those in which an actor took part."""
        at = [(name, text) for name, text in params if name in AS_OF]
        if kind.places:
            return self._link(kind, [("id", record["id"]), *at], "where it happened") if _is_placed(kind, record) else None
        for reverse in kind.reverses.values():
            there, path = reverse.kind, f"{reverse.field.name}.within"
            if not record[reverse.name]["data"]:
                continue
            if there.places and not there.totals and kind.degrees:
                return self._link(there, [(path, record["id"]), *at], f"the {there.plural} in {name}")
            links = [link for link in there.links if (target := self.kinds[link.type.ref or ""]).places and not target.totals]
            if links and not there.quantities and links[0].reverse:
                target = self.kinds[links[0].type.ref or ""]
                conditions = [(f"{links[0].reverse}.some.{reverse.field.name}", record["id"]), *at]
                return self._link(target, conditions, f"the {target.plural} with {name}")
        if kind.degrees and any(record.get(field.name) is not None for field in kind.degrees):
            return self._link(kind, [("id", record["id"]), *at], name)
        return None

    def _link(self, kind: Kind, params: Parameters, what: str) -> MapLink | None:
        self.installed = self.installed or bool(self.files.of((ATLAS,)))  # Looked up in each request until they are there.
        if not self.installed:
            return None
        alt = f"Map of {what}; the page that it leads to has the same as a table"
        return MapLink(map_address(kind, params), f"/map{query_string([(OF, kind.plural), *params])}", alt)


def _is_placed(kind: Kind, record: Document) -> bool:
    """Whether a record, or what it refers to, has a place or a country."""
    known = [record.get("country"), *(record.get(link.name) for link in kind.places)]
    return any(bool(value) and (not isinstance(value, Mapping) or "started_on" not in value or _has_place(value)) for value in known)


def _has_place(event: Document) -> bool:
    return bool(event.get("country") or event.get("location"))


def map_address(kind: Kind, params: Parameters, format: str = "svg") -> str:
    """The path of the picture of a map of the records that meet conditions."""
    return f"/map.{format}{query_string([(OF, kind.plural), *params])}"


def query_string(params: Parameters) -> str:
    return f"?{urlencode(params)}" if params else ""
