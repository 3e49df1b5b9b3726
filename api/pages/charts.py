"""The addresses of charts: a timeline of totals as a picture, now or as of a revision."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.codelists.vocabularies import suggestion
from schema.model.kinds import Kinds

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import parameters, refuse_repeated
from ..http.rate_limit import Endpoint, metered
from ..http.responses import FactResponse
from ..pictures.pictures import Pictures
from ..query.nodes import At, Revision
from ..rest.parameters import Parameters
from ..store.side_thread import beside
from ..store.store import Store
from ..words.exact_numbers import read_json
from . import series_charts
from .card_options import OPTIONS, REVISION
from .card_words import CUMULATIVE, Content
from .cards import MOMENT
from .chart_specs import DRAWN_BASES, FLOW, SCALES, SIZES, STOCK, Spec, chart, isolated
from .edition import edition
from .facts import PageHeaders
from .totals_cards import TotalsCards
from .totals_requests import Drawing
from .totals_words import Totals, running_title, words_of_chart

FORMATS = {"svg": "image/svg+xml", "png": "image/png"}
PICTURE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}
BASIS = "basis"
OWN = {"size": [*SIZES], "scale": [str(scale) for scale in SCALES]}  # The options of a picture, the usual one first.


class Charts:
    """The routes of charts. They are answered from the response cache: a chart is the same until a later revision is recorded."""

    def __init__(self, kinds: Kinds, store: Store, sums: TotalsCards, pictures: Pictures, edition: str) -> None:
        self.sums, self.pictures, self.headers = sums, pictures, PageHeaders(kinds, store, edition)
        self.by_path: Mapping[str, Endpoint] = {f"/chart.{format}": self._endpoint(format) for format in FORMATS}
        self.routes: list[BaseRoute] = [Route(path, endpoint) for path, endpoint in self.by_path.items()]

    def _endpoint(self, format: str) -> Endpoint:
        async def respond(request: Request) -> Response:
            options, params = picture_options(parameters(request))
            self.pictures.prepare_chart()
            drawing, read = await self._read(params)
            if (unchanged := await self.headers.not_modified(request, drawing.at, drawing.frozen)) is not None:
                return unchanged
            _refuse(drawing, params)
            spec, sentence = await self._specification(drawing, read, options["size"])
            body = await self.pictures.draw(spec, format, int(options["scale"]))
            body = described(body, sentence) if format == "svg" else body
            headers = self.headers.headers(request, drawing.revision, drawing.frozen)
            headers |= PICTURE_HEADERS
            return FactResponse(body, headers, drawing.current, FORMATS[format])

        return metered(respond)

    async def _read(self, params: Parameters) -> tuple[Drawing, series_charts.Read | None]:
        """What to draw and, if running totals are asked for, their series."""
        if [text for name, text in params if name.partition(".")[0] == BASIS] == [CUMULATIVE] and (found := await self._running(params)):
            return found
        return await self.sums.drawing(params), None

    async def _running(self, params: Parameters) -> tuple[Drawing, series_charts.Read] | None:
        """A chart of running totals without their sums by month, which it does not show, and which take longer than all else.

        None if there is nothing to draw, or if units differ: then the sums decide what is said.
        """
        request = self.sums.request(params, timeline=True)
        roots = (Revision("moment", MOMENT), *(node for _, node in request.names))
        read, answer = await series_charts.read_series(self.sums.kinds, self.sums.store, request.node, request.options.at, roots)
        if len(read.units) != 1:
            return None
        rows = [{"unit": unit, "basis": CUMULATIVE} for unit in read.units]
        moment, *named = (read_json(root or "null") for root in answer.roots[2:])
        totals = Totals(rows, request.node.by, request.params, request.named(named), timeline=True)
        heading, detail = words_of_chart(totals)
        recorded = str((moment or {}).get("recorded_at") or "")
        content = Content(heading, detail, "")
        return Drawing(totals, rows, content, answer.revision, answer.current, recorded, request.options.at, request.node), read

    async def _specification(self, drawing: Drawing, read: series_charts.Read | None, size: str) -> tuple[Spec, str]:
        """What to draw, and the same in words."""
        content = drawing.content
        if drawing.rows[0]["basis"] == FLOW:
            spec = await beside(
                chart, drawing.totals, drawing.rows, content, f"{edition(drawing.revision, drawing.recorded_at)}: {content.source}.", size
            )
            return spec, content.sentence
        if read is None:
            at = At(revision=drawing.revision)
            read, _ = await series_charts.read_series(self.sums.kinds, self.sums.store, drawing.node, at)
        title = running_title(content.heading)
        spec = await beside(
            series_charts.series_chart,
            read,
            title,
            content.detail,
            f"{edition(drawing.revision, drawing.recorded_at)}: {read.counts:,} count{'s' if read.counts != 1 else ''}.",
            size,
        )
        return spec, series_charts.sentence(read, title, size)


def described(svg: bytes, text: str) -> bytes:
    """An SVG with what it shows in words, for those who do not see it."""
    return svg.replace(b">", f' role="img"><title>{escape(isolated(text))}</title>'.encode(), 1)


def picture_options(params: list[tuple[str, Any]]) -> tuple[dict[str, str], list[tuple[str, Any]]]:
    """The options of the picture, and the other parameters. Raises BadArgument and UnknownArgument."""
    options = {}
    for name, values in OWN.items():
        given = [text for other, text in params if other == name]
        refuse_repeated(name, given)
        if given and given[0] not in values:
            raise BadArgument(f"{name}: must not be {shown(given[0])!r}; {suggestion(given[0], values)}")
        options[name] = given[0] if given else values[0]
    for name in OPTIONS:
        if name != REVISION and any(other == name for other, _ in params):
            raise UnknownArgument(f"{name}: is for cards; a picture tells no notices")
    return options, [(name, text) for name, text in params if name not in OWN]


def _refuse(drawing: Drawing, params: list[tuple[str, Any]]) -> None:
    """Refuse what a chart would show wrongly. Raises BadArgument."""
    if ("basis", STOCK) in params:
        raise BadArgument("basis: charts of counts at a time (stocks) are refused; use basis=flow or basis=cumulative, or /embed/timeline")
    if not drawing.rows:
        raise BadArgument("nothing is counted; with other conditions there may be something to draw")
    if drawing.rows[0]["basis"] not in DRAWN_BASES:
        raise BadArgument(
            "most of these are counts at a time, which are not drawn; add basis=flow or basis=cumulative, or use /embed/timeline"
        )
