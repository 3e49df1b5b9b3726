"""What every page offers to copy: the addresses of its data, its GraphQL query, its card, and how to cite it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..rest.list_formats import formats
from ..rest.parameters import AS_OF, Parameters
from .card_words import CONTENTS
from .oembed import CHART, CardAddress, height_of
from .page_language import ENGLISH, LANG
from .shown_revision import Moment

GEOJSON = "geojson"
FILES = ("csv", GEOJSON, "xlsx")  # Beside JSON, in this order.
NAMES = {"csv": "CSV", "geojson": "GeoJSON", "xlsx": "Excel"}
COUNTED = ("counted_in.known", "false")
# SPDX identifiers: the elements of a licence, its version and, before version 4, its jurisdiction, such as IGO.
CC_ZERO = re.compile("CC0(-1[.]0)?", re.IGNORECASE)
CC_LICENCE = re.compile("CC-(?P<elements>BY(-NC)?(-ND|-SA)?)-(?P<version>[1-4][.][05])(-(?P<jurisdiction>[A-Z]{2,3}))?", re.IGNORECASE)
Document = Mapping[str, Any]


class Copied(NamedTuple):
    """Something to copy: its name, what it is, and the text."""

    name: str
    text: str
    note: str = ""
    href: str = ""


class Licence(NamedTuple):
    """A source that a page shows, with what to print beside it."""

    name: str
    href: str
    attribution: str
    terms: str
    terms_href: str
    lang: str = ""


@dataclass(frozen=True)
class Citing:
    """The box of a page."""

    citation: str
    revision: int
    pinned: str  # The address of the page as of its revision.
    addresses: tuple[Copied, ...]
    graphql: str
    graphiql: str
    cards: tuple[Copied, ...]
    licences: tuple[Licence, ...]
    downloads: tuple[tuple[Copied, ...], ...] = ()  # Those of one tuple are the same rows in several formats.
    some: bool = False  # Whether there are other pages, whose sources are not among them.


def addresses(origin: str, kinds: Kinds, kind: Kind, record: Document, params: Parameters) -> tuple[Copied, ...]:
    """The addresses of a record in each format; of a record without a place, also those of the records with one that it refers to."""
    query = query_text(params)
    own = f"/v1/{kind.plural}/{record['id']}"
    paths = [("JSON", own), *((NAMES[suffix], f"{own}.{suffix}") for suffix in FILES if suffix in formats(kind))]
    if GEOJSON not in formats(kind):
        linked = [(field.name, kinds[field.type.ref or ""]) for field in kind.links if record.get(field.name)]
        paths += [
            (f"{NAMES[GEOJSON]} of its {name}", f"/v1/{other.plural}/{record[name]['id']}.{GEOJSON}")
            for name, other in linked
            if GEOJSON in formats(other)
        ]
    return tuple(Copied(name, f"{origin}{path}{query}", href=f"{path}{query}") for name, path in paths)


MEASURE, TOTALS, NOT_OF_TOTALS = "measure", "totals", ("search", COUNTED[0].partition(".")[0])
COMPLETE, NOT_SUMMED = "the complete list", "the complete list: do not add up its numbers, because some include others"
BY_MONTH = ("by", "month")
NO_CONDITIONS = ("limit", "after", "order", *AS_OF)


def list_addresses(origin: str, kind: Kind, params: Parameters) -> tuple[Copied, ...]:
    """The addresses of a list in each format, complete except for JSON, which has pages."""
    kept = [(name, text) for name, text in params if name not in ("limit", "after")]
    paths = [("JSON", f"/v1/{kind.plural}", "pages of up to 1,000 records")]
    paths += [
        (NAMES[suffix], f"/v1/{kind.plural}.{suffix}", NOT_SUMMED if kind.totals else COMPLETE)
        for suffix in FILES
        if suffix in formats(kind)
    ]
    return tuple(Copied(name, f"{origin}{path}{query_text(kept)}", note, f"{path}{query_text(kept)}") for name, path, note in paths)


def cards(origin: str, kind: Kind, id: str, moment: Moment, title: str, lang: str = ENGLISH) -> tuple[Copied, ...]:
    """The frames to paste into an article: the newest number, and that of the revision of the page; none for a kind without cards."""
    if kind.name not in CONTENTS:
        return ()
    card = CardAddress(f"/embed/{kind.plural}/{id}", ((LANG, lang),) if lang != ENGLISH else ())
    frozen = Copied(
        f"Card that keeps revision {moment.revision}", _frame(origin, card.at(moment.revision), title),
        "If what it shows is corrected, disputed or retracted, it says so.",
    )  # fmt: skip
    live = Copied("Card to paste into an article", _frame(origin, card.live(moment.recorded_at), title), "It shows corrections by itself.")
    return (frozen,) if moment.named else (live, frozen)


def total_cards(origin: str, kind: Kind, params: Parameters, moment: Moment) -> tuple[Copied, ...]:
    """The frame with the total of a list of one measure; none if totals have not all of its conditions."""
    names = {name.partition(".")[0] for name, _ in params}
    if not kind.totals or MEASURE not in names or names & {*NOT_OF_TOTALS}:
        return ()
    conditions = tuple((name, text) for name, text in params if name not in NO_CONDITIONS)
    card = CardAddress(f"/embed/{TOTALS}", (*conditions, ("revision", str(moment.revision))) if moment.named else conditions)
    chart = CardAddress(CHART, (*card.params, BY_MONTH))
    what = f"{kind.plural}: {', '.join(text for _, text in conditions)}"
    return (Copied("Card with their total", _frame(origin, card.live(moment.recorded_at), f"Total of {what}"),
                   "What may be added up, with its bounds and what is left out.", str(card)),
            Copied("Card with a chart", _frame(origin, chart.live(moment.recorded_at), f"Chart of {what}"), "The same by month.", str(chart)))  # fmt: skip


def _frame(origin: str, card: CardAddress, title: str) -> str:
    # A text, which its page escapes.
    return f'<iframe src="{escape(f"{origin}{card}")}" title="{escape(title)}" width="100%" height="{height_of(card)}" loading="lazy"></iframe>'


def licences(sources: Iterable[Document]) -> Iterator[Licence]:
    """The sources of a page with their attributions and terms, each once."""
    for source in sources:
        terms = source.get("license") or ""
        yield Licence(
            source.get("title") or source["id"], f"/sources/{source['id']}", source.get("attribution") or source.get("publisher") or "",
            terms or "no licence stated", licence_address(terms), source.get("language") or "",
        )  # fmt: skip


def licence_address(terms: str) -> str:
    """The address of a Creative Commons licence, by its SPDX identifier; empty for any other text, also for one that leaves out the version."""
    if CC_ZERO.fullmatch(terms):
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if (match := CC_LICENCE.fullmatch(terms)) is None:
        return ""
    parts = [match["elements"], match["version"], match["jurisdiction"] or ""]
    return "/".join(["https://creativecommons.org/licenses", *(part.lower() for part in parts if part), ""])


def graphiql(document: str) -> str:
    return "/graphql#query=" + "%0A".join(map(_quoted, document.split("\n")))


@lru_cache(maxsize=1024)  # All but one line are the same in the documents of all records of a kind.
def _quoted(line: str) -> str:
    return quote(line, safe="")


def query_text(params: Parameters) -> str:
    return f"?{urlencode(params)}" if params else ""
