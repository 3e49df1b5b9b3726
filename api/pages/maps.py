"""The addresses of maps: of events, figures or locations, as a picture, as GeoJSON, and as a page with the same as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.codelists.vocabularies import suggestion
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import BadArgument, Unavailable, UnknownArgument, shown
from ..http.query_string import parameters, refuse_repeated
from ..http.rate_limit import Endpoint, metered
from ..http.responses import FactResponse
from ..pictures.pictures import Pictures
from ..query.nodes import At
from ..rest.parameters import AS_OF, Parameters
from ..rest.responder import requested
from ..store.side_thread import beside
from ..store.store import Answer, Store
from . import live_maps, oembed
from .charts import FORMATS, PICTURE_HEADERS, described, picture_options
from .facts import FactPages, Made, PageHeaders, Planned, origin
from .filters import DATES, filters, given
from .map_drawings import BORDERS, Texts, picture, sentence
from .map_links import ATLAS, OF, map_address, query_string
from .map_places import Placed, counted, read_places
from .map_words import texts
from .queries import PageQueries
from .shown_revision import moment
from .static_files import Files

LISTED = 500  # Rows of the table of a map's page.


@dataclass(frozen=True)
class Mapped:
    """What a map is of, and what was read for it."""

    kind: Kind
    params: Parameters
    answer: Answer
    placed: Placed
    at: At

    @property
    def recorded_at(self) -> str:
        return str((json.loads(self.answer.roots[1] or "null") or {}).get("recorded_at") or "")


class Maps:
    """The routes of maps. They are answered from the response cache: a map is the same until a later revision is recorded."""

    def __init__(self, kinds: Kinds, store: Store, pages: FactPages, queries: PageQueries, pictures: Pictures, files: Files) -> None:
        self.kinds, self.store, self.pages, self.queries, self.pictures, self.files = kinds, store, pages, queries, pictures, files
        self.headers = PageHeaders(kinds, store, pages.renderer.edition)
        self.by_plural = {kind.plural: kind for kind in kinds.values() if kind.point}
        self.usual = next(plural for plural, kind in self.by_plural.items() if kind.places and not kind.totals)
        self.by_path: Mapping[str, Endpoint] = {f"/map.{format}": metered(partial(self._picture, format)) for format in FORMATS}
        self.by_path = {**self.by_path, live_maps.PATH: metered(self._geojson)}
        self.routes: list[BaseRoute] = [Route(path, endpoint) for path, endpoint in self.by_path.items()]
        self.page_route = Route("/map", metered(self.page))

    async def _picture(self, format: str, request: Request) -> Response:
        folder = self._folder()
        options, params = picture_options(parameters(request))
        kind, planned, rest = self._planned(params)
        at = requested(*planned)
        if (unchanged := await self.headers.not_modified(request, at, at.revision is not None)) is not None:
            return unchanged
        mapped = await self._read(kind, rest, at, planned)
        if not mapped.placed.records:
            raise BadArgument(f"no {kind.name} meets these conditions; with others there may be something to draw")
        made = await beside(lambda: picture(mapped.placed, self.texts(mapped), options["size"], folder))
        body = await self.pictures.map(made.svg, made.shapes, format, int(options["scale"]))
        body = described(body, made.sentence) if format == "svg" else body
        headers = self.headers.headers(request, mapped.answer.revision, at.revision is not None, (kind,)) | PICTURE_HEADERS
        return FactResponse(body, headers, mapped.answer.current, FORMATS[format])

    async def _geojson(self, request: Request) -> Response:
        """What a map shows, for programs. Raises what the list by REST raises."""
        kind, planned, params = self._planned(given(parameters(request)))
        at = requested(*planned)
        if (unchanged := await self.headers.not_modified(request, at, at.revision is not None)) is not None:
            return unchanged
        mapped = await self._read(kind, params, at, planned)
        headers = self.headers.headers(request, mapped.answer.revision, at.revision is not None, (kind,))
        body = await beside(live_maps.geojson, mapped.placed, kind.plural, mapped.answer.revision)
        return FactResponse(body, headers, mapped.answer.current, live_maps.MEDIA_TYPE)

    def _folder(self) -> str:
        """Where the shapes are. Raises Unavailable."""
        if not self.files.of((ATLAS,)):
            raise Unavailable(
                "maps need the shapes of countries, which are not installed on this server; its operator can run `make assets`"
            )
        return str(self.files.folder / "vendor" / ATLAS)

    def _planned(self, params: Parameters) -> tuple[Kind, Planned, Parameters]:
        """The kind of the records on a map, the plan that finds them, and the conditions. Raises BadArgument and what a list by REST raises."""
        named = [text for name, text in params if name == OF]
        refuse_repeated(OF, named)
        plural = named[0] if named else self.usual
        if plural not in self.by_plural:
            raise BadArgument(f"{OF}: there are no maps of {shown(plural)!r}; {suggestion(plural, self.by_plural)}")
        kind, rest = self.by_plural[plural], [(name, text) for name, text in params if name != OF]
        try:
            return kind, self.queries.places(kind, rest), rest
        except UnknownArgument as error:
            raise UnknownArgument(f"{error.detail}{self._of_another(kind, rest)}") from None

    def _of_another(self, kind: Kind, params: Parameters) -> str:
        """Which map takes a condition that this one does not know; empty if none does."""
        unknown = {name.partition(".")[0] for name, _ in params} - {*kind.fields}
        others = [other.plural for other in self.by_plural.values() if unknown & {*other.fields}]
        return f"; a map of {others[0]} has it: add `{OF}={others[0]}`" if others else ""

    async def read(self, params: Parameters, at: At) -> Mapped:
        """What a map shows now, as of a revision, or at a time. Raises what the list by REST raises."""
        when: Parameters = [] if at.now else [("revision", str(at.revision))] if at.time is None else [("as_of", at.time.isoformat())]  # type: ignore[union-attr]
        kind, planned, rest = self._planned([*params, *when])
        return await self._read(kind, [pair for pair in rest if pair not in when], at, planned)

    async def _read(self, kind: Kind, params: Parameters, at: At, planned: Planned) -> Mapped:
        answer = await self.store.run(*planned)
        return Mapped(kind, params, answer, await beside(read_places, answer.roots[0] or ""), at)

    def texts(self, mapped: Mapped) -> Texts:
        return texts(self.kinds, mapped.kind, mapped.params, mapped.placed, mapped.answer.revision, mapped.recorded_at)

    async def page(self, request: Request) -> Response:
        """A map with its table. Raises what the list by REST raises."""
        kind, planned, params = self._planned(given(parameters(request)))

        async def make(at: At) -> Made:
            return await beside(self._made, request, await self._read(kind, params, at, planned))

        return await self.pages.respond(request, planned, make, (kind,))

    def _made(self, request: Request, mapped: Mapped) -> Made:
        found, kind = mapped.placed, mapped.kind
        said = self.texts(mapped)
        shown_at = moment(mapped.answer, mapped.answer.roots[1], mapped.at)
        kept = [(name, text) for name, text in mapped.params if name not in AS_OF]
        days = tuple(one for one in filters(self.kinds, kind, mapped.params) if one.control == DATES)
        pinned = [*kept, ("revision", str(mapped.answer.revision))]
        address = oembed.CardAddress(oembed.MAP, tuple((name, str(text)) for name, text in [(OF, kind.plural), *mapped.params]))
        card = address if shown_at.named else address.live(mapped.recorded_at)
        values = {
            "kind": kind, "name": said.title, "detail": said.detail, "about": said.about, "moment": shown_at, "sentence": sentence(found, said),
            "places": found.places[:LISTED], "more": max(0, len(found.places) - LISTED), "counted": [*counted(found)], "records": found.records,
            "picture": map_address(kind, mapped.params) if found.records and self.files.of((ATLAS,)) else "", "disputed": found.disputed,
            "list": f"/{kind.plural}{query_string(mapped.params)}", "pinned": f"{origin(request)}/map{query_string([(OF, kind.plural), *pinned])}",
            "pictures": [f"{origin(request)}{map_address(kind, pinned, format)}" for format in FORMATS],
            "card": str(Markup('<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>').format(f"{origin(request)}{card}", sentence(found, said), oembed.PICTURE_HEIGHT)),
            "discovery": tuple(oembed.discovery(origin(request), f"{oembed.MAP_PAGE}{query_string([(OF, kind.plural), *mapped.params])}")),
            "places_kind": next(other for other in self.kinds.values() if other.degrees), "origin_of_shapes": BORDERS,
            "live": live_maps.live_map(self.kinds, kind, mapped.params, found, mapped.answer.revision, self.files),
            "days": days, "others": [(OF, kind.plural), *(pair for pair in mapped.params if pair[0] not in {one.name for one in days})],
        }  # fmt: skip
        return Made(mapped.answer, "map.html", values)
