"""The pictures that other sites show beside a link to a page, of 1200 by 628 pixels: of a figure and of an event its card; of the site its name."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..http.query_string import only
from ..http.rate_limit import Endpoint, metered
from ..http.responses import FactResponse
from ..pictures.pictures import Pictures
from ..query.nodes import NOW
from .card_options import REVISION, card_options
from .card_words import CONTENTS
from .cards import Card, RecordCards
from .chart_specs import DARK, FONT, INK, PAPER, SIZES, isolated
from .edition import edition_of_card
from .facts import PageHeaders
from .rendering import SITE_PICTURE

PREFIX = "/cards/"
WIDTH, HEIGHT = SIZES["og"]
LEFT, TOP, BOTTOM = 64, 52, 560  # Where texts begin and end; below stands the revision.
LARGEST, SMALLEST = 60, 16  # Sizes of the heading, in pixels, from which the one is chosen that leaves room for everything.
GREY = "#555555"


@dataclass(frozen=True)
class Text:
    """A text of a picture: its size, as a share of that of the heading, its weight and its colour."""

    words: str
    share: float = 0.55
    bold: bool = False
    colour: str = INK


class CardPictures:
    """The pictures of figures and of events, answered from the response cache."""

    def __init__(self, kinds: Kinds, records: RecordCards, pictures: Pictures, headers: PageHeaders) -> None:
        self.records, self.pictures, self.headers = records, pictures, headers
        self.endpoints = {kinds[name].plural: metered(partial(self._picture, kinds[name])) for name in CONTENTS}
        self.routes: list[BaseRoute] = [Route(f"{PREFIX}{plural}/{{id}}.png", one) for plural, one in self.endpoints.items()]
        self.path = re.compile(rf"{PREFIX}(?P<plural>{'|'.join(self.endpoints)})/(?P<id>[^/]+)\.png")
        self.site = metered(self._site)
        self.routes.append(Route(SITE_PICTURE, self.site))

    def find(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint and the path parameters of a picture; None if the path is that of something else."""
        if path == SITE_PICTURE:
            return self.site, {}
        found = self.path.fullmatch(path)
        return (self.endpoints[found["plural"]], {"id": found["id"]}) if found else None

    async def _picture(self, kind: Kind, request: Request) -> Response:
        options = card_options(only(request, (REVISION,)))
        if (unchanged := await self.headers.not_modified(request, NOW)) is not None:
            return unchanged
        card = await self.records.card(kind, request.path_params["id"], options)
        body = await self.pictures.paint(svg(card))
        # Like its card, it says what has happened since its revision: it is current until a later one is recorded.
        return FactResponse(body, self.headers.headers(request, card.current, immutable=False), card.current, "image/png")

    async def _site(self, request: Request) -> Response:
        """The picture of pages that have none of their own."""
        only(request, ())
        if (unchanged := await self.headers.not_modified(request, NOW)) is not None:
            return unchanged
        revision = await self.records.store.revision(NOW)
        body = await self.pictures.paint(site_svg())
        return FactResponse(body, self.headers.headers(request, revision, immutable=False), revision, "image/png")


def picture_path(kind: Kind, id: str) -> str:
    return f"{PREFIX}{kind.plural}/{id}.png"


def svg(card: Card) -> str:
    """The picture of a card as SVG. All of its words are in it, as large as there is room for them."""
    texts = [*_texts(card)]
    size = next((size for size in range(LARGEST, SMALLEST, -1) if _height(texts, size) <= BOTTOM - TOP), SMALLEST)
    y, lines = float(TOP), []
    for text in texts:
        for line in _wrapped(text, size):
            y += _leading(text, size)
            lines.append(_line(line, y, text.share * size, text.bold, text.colour))
        y += 0.3 * size
    lines.append(_line(edition_of_card(card.revision, card.recorded_at, card.frozen), HEIGHT - 28, 24, False, GREY))
    return _page(lines)


def site_svg() -> str:
    """The picture of the site as SVG: what it is."""
    about = Text("An open data API for the facts of armed conflict, with the source of every value")
    y, lines = HEIGHT / 2 - 60, [_line("Conflict Facts", HEIGHT / 2 - 60, 84, True, DARK)]
    for line in _wrapped(about, 68):
        y += _leading(about, 68) + 10
        lines.append(_line(line, y, about.share * 68, False, INK))
    return _page(lines)


def _page(lines: list[str]) -> str:
    """A picture of these lines."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{FONT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        f'<rect width="20" height="{HEIGHT}" fill="{DARK}"/>{"".join(lines)}</svg>'
    )


def _texts(card: Card) -> Iterator[Text]:
    """What a picture says: what has become of the record stands first."""
    content = card.content
    if card.gone and card.gone.text:
        yield Text(card.gone.text, bold=True, colour=DARK)
    yield from (Text(notice.text, colour=DARK) for notice in card.told[:2] if notice is not card.gone)
    yield Text(f"{card.gone.tag}: {content.heading}" if card.gone else content.heading, 1.0, bold=True)
    yield from (Text(part) for part in (content.detail,) if part)
    for line in content.lines:
        gone = f" ({line.gone})" if line.gone else ""
        yield Text(f"{line.text}{gone}{f', according to {line.label}' if line.label else ''}", 0.6)
    if content.more:
        yield Text(f"and {content.more:,} more")
    if content.disputed:
        yield Text(f"Disputed: {content.disputed.removeprefix('Disputed').lstrip(': ')}".rstrip(": "), bold=True, colour=DARK)
    if content.source:
        grade = f" · Grade {content.grade}, {content.grade_words}" if content.grade else ""
        yield Text(f"Source: {content.source}{grade}", colour=GREY)


def _wrapped(text: Text, size: int) -> list[str]:
    letters = (WIDTH - 2 * LEFT) / (text.share * size * (0.6 if text.bold else 0.56))
    return textwrap.wrap(text.words, max(10, int(letters)))


def _leading(text: Text, size: int) -> float:
    return 1.3 * text.share * size


def _height(texts: list[Text], size: int) -> float:
    return sum(len(_wrapped(text, size)) * _leading(text, size) + 0.3 * size for text in texts)


def _line(text: str, y: float, size: float, bold: bool, colour: str) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{LEFT}" y="{y:.1f}" font-size="{size:.1f}" fill="{colour}"{weight}>{escape(isolated(text))}</text>'
