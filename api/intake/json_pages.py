"""Finds out whether files of JSON are some pages of many, by what an API says beside its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Members of an envelope, in small letters and without what joins their words: the address of the next page, that there is one, how many
# records there are in all, and how many pages.
NEXT = frozenset(
    "next nexturl nextpageurl nextlink nextpagelink nextpage nextcursor nextpagetoken nexttoken nexthref @odata.nextlink odata.nextlink".split()
)
MORE = frozenset("hasmore hasnext hasnextpage exceededtransferlimit".split())
TOTAL = frozenset(
    "total totalcount totalrecords totalresults totalitems totalrows totalfeatures totalhits nummatched numbermatched count @odata.count odata.count".split()
)
PAGES = frozenset("totalpages pagecount pages numpages lastpage".split())
AROUND = frozenset("links meta metadata pagination paging properties page pageinfo".split())  # What may have these within it.


@dataclass
class Pages:
    """What the pages of a file say: how many there are in it, with how many records, what the last one says of the next, and how many records and pages there are in all."""

    number: int = 0
    records: int = 0
    next: str = ""
    total: int = 0
    pages: int = 0

    def begin(self) -> None:
        """Begin another page."""
        self.number, self.next = self.number + 1, ""

    def add(self, key: str, value: Any) -> None:
        """What a page says beside its records."""
        name = key.lower().replace("_", "").replace("-", "")
        if name in AROUND and isinstance(value, (dict, list)):
            self._inside(value)
        elif (name in NEXT and value and not isinstance(value, (list, bool))) or (name in MORE and str(value).lower() == "true"):
            self.next = self.next or key
        elif name in TOTAL:
            self.total = max(self.total, _whole(value))
        elif name in PAGES:
            self.pages = max(self.pages, _whole(value))

    def _inside(self, value: Any) -> None:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and part.get("rel") == "next":
                self.next = self.next or "rel: next"
            elif isinstance(part, dict):
                for key, inner in part.items():
                    self.add(key, inner)

    @property
    def missing(self) -> str:
        """Why there is more than these pages, as the end of a sentence; empty if nothing says so."""
        if self.pages > self.number > 0:
            return f"{self.number} of {self.pages} pages"
        if self.total > self.records and self.number:
            return f"{self.records} of {self.total} records"
        return f"the last page says that another follows, in {self.next!r}" if self.next else ""


def together(files: Sequence[Pages]) -> Pages:
    """What the pages of several files say. If one of them is the last page, none follows."""
    paged = [pages for pages in files if pages.number]
    if not paged:
        return Pages()
    return Pages(
        sum(pages.number for pages in paged), sum(pages.records for pages in paged),
        "" if any(not pages.next for pages in paged) else paged[-1].next,
        max(pages.total for pages in paged), max(pages.pages for pages in paged),
    )  # fmt: skip


def _whole(value: Any) -> int:
    """A number of JSON, whose reader keeps its text; 0 for what is none."""
    text = str(value)
    return int(text) if not isinstance(value, bool) and text.isdecimal() and len(text) < 10 else 0
