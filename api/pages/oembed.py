"""oEmbed 1.0 (oembed.com): what to paste for an address of ours. Pure functions; nothing is fetched, and no address but ours is repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from schema.model.parsers import ID_PATTERN
from schema.model.totals import DATE_KEYS

from .card_options import CORRECTED_SINCE, NOTICE, OPTIONS, REVISION
from .chart_specs import SIZES
from .page_language import LANG

WIDTH, HEIGHT = 600, 200  # Pixels of a card in a page that does not say otherwise.
PICTURE_HEIGHT = 420  # The same of a card with a picture.
TABLE_HEIGHT = 320  # The same of totals and timelines, which have several numbers and notes about them.
CACHE_AGE = 3600  # Seconds: how long a sentence beside a frame may be out of date.
MAX_URL = 2000
PROVIDER = "Conflict Facts"
JSON_TYPE, XML_TYPE = "application/json+oembed", "text/xml+oembed"  # Of the links by which a page is discovered.
PORTS = {"http": 80, "https": 443}
# Only what a URL consists of (RFC 3986), so that no program reads another host or path from it: no spaces, backslashes, quotes or other alphabets.
CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
RECORD = re.compile(rf"/(?:embed/)?(figures|events)/({ID_PATTERN})")
TIMELINE, CHART, MAP = "/embed/timeline", "/embed/chart", "/embed/map"
TABLES = ("/embed/totals", TIMELINE, CHART)
MAP_PAGE = "/map"
PICTURED = (CHART, MAP)
TOTALS_ROWS = "/v1/figures/totals"
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

FRAME = Markup(
    '<blockquote><a href="{page}">{sentence}</a></blockquote>'
    '<iframe src="{card}" title="{title}" width="{width}" height="{height}" frameborder="0"></iframe>'
)


@dataclass(frozen=True)
class CardAddress:
    """The address of a card on this site."""

    path: str
    params: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        return urlencode(self.params)

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.params else self.path

    def at(self, revision: int) -> CardAddress:
        """The same card, frozen at a revision."""
        return CardAddress(self.path, ((REVISION, str(revision)), *(pair for pair in self.params if pair[0] == LANG)))

    def live(self, since: str) -> CardAddress:
        """The same card, which tells what is corrected from now on, unless its address says something about that already."""
        told = {name for name, _ in self.params} & {REVISION, CORRECTED_SINCE, NOTICE}
        return self if told or not since else CardAddress(self.path, (*self.params, (CORRECTED_SINCE, since)))


@dataclass(frozen=True)
class Sizes:
    """The room that a page has for a frame, in pixels; zero where it does not say."""

    width: int = 0
    height: int = 0

    def within(self, width: int, height: int) -> tuple[int, int]:
        """A size, no larger than there is room for."""
        return min(width, self.width or width), min(height, self.height or height)


def card_address(url: str, origin: str) -> tuple[CardAddress, str] | None:
    """The card for an address of this site, which is at `origin`, and the origin with the scheme to use; None for any other address."""
    if len(url) > MAX_URL or not CHARACTERS.fullmatch(url):
        return None
    try:
        parts, own = urlsplit(url), urlsplit(origin)
        if not _same_site(parts.scheme, parts.netloc, own.scheme, own.netloc):
            return None
    except ValueError:  # An invalid port, or brackets without an address.
        return None
    path, params = unquote(parts.path), tuple(parse_qsl(parts.query, keep_blank_values=True))
    scheme = "https" if "https" in (parts.scheme, own.scheme) else own.scheme
    site = f"{scheme}://{own.netloc}"
    if path in (*TABLES, MAP):
        return CardAddress(path, params), site
    if path == MAP_PAGE and not any(name == "as_of" for name, _ in params):
        return CardAddress(MAP, params), site
    if (match := RECORD.fullmatch(path)) is None or any(name == "as_of" for name, _ in params):  # A card of a past time is of its revision.
        return None
    return CardAddress(f"/embed/{match[1]}/{match[2]}", tuple(pair for pair in params if pair[0] in OPTIONS)), site


def _same_site(scheme: str, netloc: str, own_scheme: str, own_netloc: str) -> bool:
    """Whether two origins are one site: a proxy may take https where this server sees http, each at its usual port. Raises ValueError."""
    if scheme not in PORTS or "@" in netloc or "%" in netloc:
        return False
    one, own = urlsplit(f"//{netloc}"), urlsplit(f"//{own_netloc}")
    ports = [PORTS[of] if parts.port is None else parts.port for of, parts in ((scheme, one), (own_scheme, own))]
    usual = one.port in (None, PORTS[scheme]) and own.port in (None, PORTS[own_scheme])
    return bool(one.hostname) and one.hostname == own.hostname and (ports[0] == ports[1] or usual)


def page_of(address: CardAddress) -> str:
    """The path of the page with the provenance of what a card shows; for totals, of their rows."""
    if address.path == MAP:
        return str(CardAddress(MAP_PAGE, tuple(pair for pair in address.params if pair[0] == REVISION or pair[0] not in OPTIONS)))
    if address.path not in TABLES:
        return str(CardAddress(address.path.removeprefix("/embed"), tuple(pair for pair in address.params if pair[0] in (REVISION, LANG))))
    asked = tuple(pair for pair in address.params if pair[0] == REVISION or pair[0] not in OPTIONS)
    by = (("by", DATE_KEYS[0]),) if address.path in (TIMELINE, CHART) and "by" not in dict(asked) else ()
    return str(CardAddress(TOTALS_ROWS, (*asked, *by)))


def frame(site: str, address: CardAddress, page: str, sentence: str, room: Sizes) -> str:
    """What to paste: a quotation with a link, which is what remains where frames are removed, and the frame; without a script."""
    width, height = _size(address, room)
    return str(FRAME.format(page=f"{site}{page}", sentence=sentence, card=f"{site}{address}", title=sentence, width=width, height=height))


def height_of(address: CardAddress) -> int:
    """Pixels in which a card is complete, unless it is about an unusual number of things."""
    return PICTURE_HEIGHT if address.path in PICTURED else TABLE_HEIGHT if address.path in TABLES else HEIGHT


def _size(address: CardAddress, room: Sizes) -> tuple[int, int]:
    return room.within(WIDTH, height_of(address))


def thumbnail(site: str, address: CardAddress, picture: str, room: Sizes) -> dict[str, object]:
    """The picture of what a card shows, in the largest size for which there is room; nothing if there is none."""
    if match := RECORD.fullmatch(address.path):
        revision = tuple(pair for pair in address.params if pair[0] == REVISION)
        path, sizes = CardAddress(f"/cards/{match[1]}/{match[2]}.png", revision), {"": SIZES["og"]}
    elif picture:
        file, _, query = picture.partition("?")
        path = CardAddress(file.replace(".svg", ".png"), tuple(parse_qsl(query, keep_blank_values=True)))
        sizes = {"og": SIZES["og"], "card": SIZES["card"]}
    else:
        return {}
    for name, (width, height) in sizes.items():
        if room.within(width, height) == (width, height):
            sized = CardAddress(path.path, (*path.params, ("size", name))) if name else path
            return {"thumbnail_url": f"{site}{sized}", "thumbnail_width": width, "thumbnail_height": height}
    return {}


def document(site: str, address: CardAddress, page: str, sentence: str, room: Sizes, picture: str = "") -> dict[str, object]:
    """The response to an oEmbed request; `picture` is the path of a chart or of a map of the same."""
    width, height = _size(address, room)
    return {
        "type": "rich", "version": "1.0", "title": sentence, "provider_name": PROVIDER, "provider_url": f"{site}/", "cache_age": CACHE_AGE,
        "width": width, "height": height, "html": frame(site, address, page, sentence, room), **thumbnail(site, address, picture, room),
    }  # fmt: skip


def as_json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False)


def as_xml(document: Mapping[str, object]) -> str:
    root = Element("oembed")
    for name, value in document.items():
        SubElement(root, name).text = NOT_IN_XML.sub("", str(value))
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n{tostring(root, encoding="unicode")}'


FORMATS = {"json": (as_json, "application/json", JSON_TYPE), "xml": (as_xml, "text/xml; charset=utf-8", XML_TYPE)}


def discovery(origin: str, path: str) -> Iterable[tuple[str, str]]:
    """The types and the addresses of the links in the head of a page, by which programs find out how to embed it."""
    for format, (_, _, media_type) in FORMATS.items():
        yield media_type, f"{origin}/oembed?url={quote(f'{origin}{path}', safe='')}&format={format}"
