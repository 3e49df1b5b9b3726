"""OGC API - Features, Part 1: Core, at `/ogc`: records with a place as features, through the same queries as lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import NoSuchPage, NotFound, WithheldError, shown
from ..http.query_string import parameters
from ..http.rate_limit import metered
from ..http.responses import COST_HEADER, REVISION_HEADER, CacheHeaders, withheld_message
from ..pauses import paced
from ..query.bindings import Guard, Parameter, ValuePath, Values, Variable
from ..query.conditions import parse_record_id
from ..query.nodes import NOW, At, Link, Node, Query, RecordNode
from ..store.plans import Plan
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.exact_numbers import read_json, write_json
from .list_formats import flat
from .ogc import has_dates, has_place, with_decimals
from .ogc_openapi import document
from .ogc_parameters import AFTER, only_format, page_parameters
from .parameters import ParameterReader, Parameters

GEOJSON, JSON, HTML, OPENAPI = "application/geo+json", "application/json", "text/html", "application/vnd.oai.openapi+json;version=3.0"
CONFORMANCE = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "oas30")]
CRS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
TITLE, DESCRIPTION = "Conflict Facts", "The facts of armed conflict, with the source of every value."
PLACE = "place-{}"  # The key of the record at which a feature is.
ID: ValuePath = ("{id}",)
Document = dict[str, Any]


class OgcFeatures:
    """The pages of the API, and a collection for each kind whose records have a place."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders) -> None:
        self.kinds, self.store, self.cache_headers = kinds, store, cache_headers
        self.readers = {kind.plural: ParameterReader(kinds, kind) for kind in kinds.values() if has_place(kind)}
        pages = {
            "/ogc": self.landing, "/ogc/conformance": self.conformance, "/ogc/api": self.api, "/ogc/collections": self.collections,
            "/ogc/collections/{collection}": self.collection,
            "/ogc/collections/{collection}/items": self.items, "/ogc/collections/{collection}/items/{id}": self.item,
        }  # fmt: skip
        self.routes: list[BaseRoute] = [Route(path, metered(page)) for path, page in pages.items()]

    # Pages

    async def landing(self, request: Request) -> Response:
        """Where everything is."""
        only_format(request)
        links = [
            _link(request, "/ogc", "self", JSON, "This page"),
            _link(request, "/ogc/api", "service-desc", OPENAPI, "The API in OpenAPI 3.0"),
            _link(request, "/docs", "service-doc", HTML, "The documentation"),
            _link(request, "/ogc/conformance", "conformance", JSON, "What the API conforms to"),
            _link(request, "/ogc/collections", "data", JSON, "The collections"),
        ]
        return JSONResponse({"title": TITLE, "description": DESCRIPTION, "links": links})

    async def conformance(self, request: Request) -> Response:
        """The classes of requirements that the API meets."""
        only_format(request)
        return JSONResponse({"conformsTo": CONFORMANCE})

    async def api(self, request: Request) -> Response:
        """The API in OpenAPI 3.0."""
        only_format(request)
        kinds = {plural: (reader.kind, has_dates(self.kinds, reader.kind)) for plural, reader in self.readers.items()}
        return JSONResponse(document(_address(request, "/ogc"), TITLE, DESCRIPTION, kinds), media_type=OPENAPI)

    async def collections(self, request: Request) -> Response:
        """Every collection."""
        only_format(request)
        collections = [self._described(request, reader.kind) for reader in self.readers.values()]
        links = [_link(request, "/ogc/collections", "self", JSON, "This page")]
        return JSONResponse({"links": links, "collections": collections})

    async def collection(self, request: Request) -> Response:
        """One collection."""
        only_format(request)
        return JSONResponse(self._described(request, self._reader(request).kind))

    def _described(self, request: Request, kind: Kind) -> Document:
        path = f"/ogc/collections/{kind.plural}"
        links = [
            _link(request, path, "self", JSON, kind.plural.capitalize()),
            _link(request, f"{path}/items", "items", GEOJSON, f"The {kind.plural} as GeoJSON"),
        ]
        extent: Document = {"spatial": {"bbox": [[-180, -90, 180, 90]], "crs": CRS}}
        if has_dates(self.kinds, kind):
            extent["temporal"] = {"interval": [[None, None]]}
        return {
            "id": kind.plural, "title": kind.plural.capitalize(), "description": kind.description, "extent": extent, "itemType": "feature",
            "crs": [CRS], "links": links,
        }  # fmt: skip

    def _reader(self, request: Request) -> ParameterReader:
        name = request.path_params["collection"]
        if name not in self.readers:
            raise NoSuchPage(f"there is no collection {shown(name)!r}; the collections are {', '.join(self.readers)}")
        return self.readers[name]

    # Features

    async def items(self, request: Request) -> Response:
        """A page of features, with links to itself and to the next page."""
        reader = self._reader(request)
        params = page_parameters(request)
        plan, values = self._planned(reader, params)
        answer = await self.store.run(plan, values)
        page, features = await beside(self._features, reader.kind, answer)
        links = [_link(request, request.url.path, "self", GEOJSON, "This page", parameters(request))]
        if page["next"]:
            onward = [(name, text) for name, text in parameters(request) if name != AFTER]
            links.append(_link(request, request.url.path, "next", GEOJSON, "The next page", [*onward, (AFTER, page["next"])]))
        links.append(_link(request, f"/ogc/collections/{reader.kind.plural}", "collection", JSON, "The collection"))
        headers = {**self._headers(answer), **self.cache_headers.withheld_headers((reader.kind,))}
        body = {
            "type": "FeatureCollection",
            "numberMatched": page["count"],
            "numberReturned": len(features),
            "links": links,
            "features": features,
        }
        return await beside(_response, body, headers)

    def _features(self, kind: Kind, answer: Answer) -> tuple[Document, list[Document]]:
        """The page of an answer, and its features."""
        page: Document = read_json(answer.roots[0] or "")
        return page, [self._feature(kind, record) for record in paced(page["data"])]

    def _planned(self, reader: ParameterReader, params: Parameters) -> tuple[Plan, Values]:
        values: dict[ValuePath, Any] = {(name, n): text for n, (name, text) in enumerate(params)}

        def compile() -> tuple[Query, list[Guard]]:
            guards: list[Guard] = []
            declared: Parameters = [(name, Variable((name, n), text, guards)) for n, (name, text) in enumerate(params)]
            listing = reader.listing([*declared, ("count", "exact")], lambda fields, provenance: self._selection(reader.kind))
            after = listing.page.cursor
            return Query((listing.page,), At(after.revision, walk=not after.named) if after else listing.at), guards

        return self.store.cached_plan(("ogc", reader.kind.name), values, compile), values

    def _selection(self, kind: Kind) -> tuple[Node, ...]:
        """The columns of a record, and the places at which it may be."""
        return (*flat(kind), *self._places(kind))

    def _places(self, kind: Kind) -> Iterator[Node]:
        for n, link in enumerate(kind.places):
            target = self.kinds[link.type.ref or ""]
            yield Link(PLACE.format(n), link, tuple(flat(target)) if target.degrees else tuple(self._places(target)))

    def _feature(self, kind: Kind, record: Document) -> Document:
        """A feature of GeoJSON; without a known place its geometry is null."""
        geometry = self._geometry(kind, record)
        properties = {
            name: with_decimals(kind, name, value)
            for name, value in record.items()
            if name != "id" and not any(name == PLACE.format(n) for n in range(len(kind.places)))
        }
        return {"type": "Feature", "id": record["id"], "geometry": geometry, "properties": properties}

    def _geometry(self, kind: Kind, record: Mapping[str, Any]) -> Document | None:
        if kind.degrees:
            latitude, longitude = (record[field.name] for field in kind.degrees)
            return None if latitude is None or longitude is None else {"type": "Point", "coordinates": [longitude, latitude]}
        for n, link in enumerate(kind.places):  # The first that is known decides, also if its own place is not known.
            if (place := record[PLACE.format(n)]) is not None:
                return self._geometry(self.kinds[link.type.ref or ""], place)
        return None

    async def item(self, request: Request) -> Response:
        """One feature."""
        only_format(request)
        kind, id = self._reader(request).kind, request.path_params["id"]
        values: dict[ValuePath, Any] = {ID: id}

        def compile() -> tuple[Query, list[Guard]]:
            wanted = Parameter(lambda values: parse_record_id(values[ID]), "")
            return Query((RecordNode("data", kind, wanted, self._selection(kind)),)), []

        plan = self.store.cached_plan(("ogc item", kind.name), values, compile)
        answer = await self.store.run(plan, values)
        if answer.roots[0] is None:
            if source := await self.store.withholding_source(kind, parse_record_id(id), NOW):
                raise WithheldError(withheld_message(kind, id, source), source)
            raise NotFound(f"there is no {kind.name} {shown(id)!r}")
        path = f"/ogc/collections/{kind.plural}"
        links = [
            _link(request, f"{path}/items/{quote(id)}", "self", GEOJSON, "This feature"),
            _link(request, path, "collection", JSON, "The collection"),
        ]
        feature = {**self._feature(kind, read_json(answer.roots[0])), "links": links}
        return _response(feature, self._headers(answer))

    def _headers(self, answer: Answer) -> dict[str, str]:
        """Pages have addresses with the host of the request, which anybody can choose, so no cache may keep them."""
        return {
            COST_HEADER: str(answer.cost.requested),
            REVISION_HEADER: str(answer.revision),
            "cache-control": "no-store",
        }


def _response(body: Document, headers: Mapping[str, str]) -> Response:
    return Response(write_json(body, compact=True), headers=headers, media_type=GEOJSON)


def _address(request: Request, path: str) -> str:
    return f"{str(request.base_url).rstrip('/')}{path}"


def _link(request: Request, path: str, relation: str, media_type: str, title: str, params: Parameters | None = None) -> Document:
    query = f"?{urlencode(params)}" if params else ""
    return {"href": _address(request, path) + query, "rel": relation, "type": media_type, "title": title}
