"""Descriptions of CSV files for programs: CSV on the Web (W3C) and Frictionless Data Package, with types, units, codes and licences."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from schema.model.completeness import complete
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import TYPE_NAMES

from ..http.query_string import only
from ..http.responses import CacheHeaders, NotModified
from ..query.nodes import NOW
from ..query.tables import Column
from ..sql.answering import table_sources
from ..store.allowance import ACCOUNT
from ..store.side_thread import beside
from ..store.store import Store
from .columns import ColumnSelector, underscored
from .export import chosen_options
from .export_files import digest
from .export_responses import OPEN_TO_ALL
from .list_formats import FORMATS, SEPARATOR

Json = dict[str, Any]
MAX_BODIES = 4 * 1024 * 1024  # Bytes of descriptions that are kept.
SPDX = re.compile(r"[A-Za-z0-9.+-]+")

# By value type: the type in a Frictionless schema, and in CSV on the Web. A list is one text, joined by ` | `.
TYPES = {
    **dict.fromkeys(("text", "texts", "language", "sha256", "record", "code", "ref", "refs"), ("string", "string")),
    "url": ("string", "anyURI"), "integer": ("integer", "integer"), "number": ("number", "decimal"), "latitude": ("number", "double"),
    "longitude": ("number", "double"), "boolean": ("boolean", "boolean"), "date": ("date", "date"), "level": ("integer", "integer"),
}  # fmt: skip
complete("TYPES in api/rest/table_descriptions.py", TYPES, TYPE_NAMES)


class TableDescriptions:
    """Describes the CSV files of each kind, with the columns that `fields` and `provenance` choose."""

    def __init__(self, kinds: Kinds, store: Store, cache_headers: CacheHeaders) -> None:
        self.kinds, self.store, self.cache_headers = kinds, store, cache_headers
        self.bodies = LRUCache[str, bytes](MAX_BODIES, getsizeof=len)  # By digests of their requests.
        self.cited: dict[tuple[str, int, int], tuple[list[str], list[Json]]] = {}  # By kind and revision.

    async def csvw(self, request: Request) -> Response:
        """The description that CSV on the Web looks for beside a file, at its address with `-metadata.json`."""
        return await self._respond(request, _csvw, "application/csvm+json")

    async def frictionless(self, request: Request) -> Response:
        """A data package with the one file."""
        return await self._respond(request, _frictionless, "application/json")

    async def _respond(self, request: Request, describe: Any, media_type: str) -> Response:
        kind = self.kinds.by_plural[request.path_params["plural"]]
        params = only(request, ("fields", "provenance", SEPARATOR))
        state = await self.store.state(NOW)
        headers = {**self.cache_headers.headers(request, state.revision, immutable=False), **OPEN_TO_ALL}
        if self.cache_headers.matches(request, headers["etag"]):
            return NotModified(headers, state.current)
        licenses, sources = await self._sources(kind, state.revision, state.last_withdrawal)
        key = digest((media_type, kind.name, request.scope["query_string"], state.revision, state.last_withdrawal))
        if (body := self.bodies.get(key)) is None:
            body = await beside(self._described, kind, params, describe, state.revision, licenses, sources)
            if len(body) < MAX_BODIES // 8:
                self.bodies[key] = body
        return Response(body, headers=headers, media_type=media_type)

    def _described(
        self, kind: Kind, params: dict[str, str], describe: Callable[..., Json], revision: int, licenses: list[str], sources: list[Json]
    ) -> bytes:
        """The description as JSON. Raises what `ColumnSelector.columns` raises, and BadArgument for an option."""
        options, _ = chosen_options(FORMATS["csv"], [*params.items()])
        columns = ColumnSelector(self.kinds, kind).columns(params.get("fields", "*"), params.get("provenance", "none"))
        columns = underscored(columns) if SEPARATOR in options else columns
        address = f"{kind.plural}.csv" + (f"?{urlencode(params)}" if params else "")
        return json.dumps(describe(kind, columns, address, revision, licenses, sources), ensure_ascii=False, separators=(",", ":")).encode()

    async def _sources(self, kind: Kind, revision: int, last_withdrawal: int) -> tuple[list[str], list[Json]]:
        """The licences and the first sources of a kind's claims; read once for each revision."""
        key = (kind.name, revision, last_withdrawal)
        if key not in self.cited:
            account = ACCOUNT.get()
            async with self.store.pool.connection() as connection:  # For which nobody pays who waits for it.
                with account.paid(), account.timed():
                    licenses = [row[0] for row in await connection.fetch(table_sources.licenses(kind))]
                    sources = [dict(row) for row in await connection.fetch(table_sources.sources(kind))]
            self.cited = {known: cited for known, cited in self.cited.items() if known[1] == revision}
            self.cited[key] = licenses, sources
        return self.cited[key]


def _csvw(kind: Kind, columns: tuple[Column, ...], address: str, revision: int, licenses: list[str], sources: list[Json]) -> Json:
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": address,
        "dc:title": kind.plural.capitalize(),
        "dc:description": kind.description,
        "dc:identifier": f"revision {revision}",
        **({"dc:license": licenses} if licenses else {}),
        **({"dc:source": [source["url"] or source["title"] for source in sources]} if sources else {}),
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n", "\n"]},
        "tableSchema": {"primaryKey": "id", "columns": [_csvw_column(column) for column in columns]},
    }


def _csvw_column(column: Column) -> Json:
    codes = column.about().get("codes")
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": TYPES[column.type.name][1],
        **({"required": True} if column.name == "id" else {}),
        **({"schema:unitText": column.unit} if column.unit else {}),
        **({"dc:conformsTo": ", ".join(codes)} if isinstance(codes, dict) else {}),
    }


def _frictionless(kind: Kind, columns: tuple[Column, ...], address: str, revision: int, licenses: list[str], sources: list[Json]) -> Json:
    schema = {"fields": [_frictionless_field(column) for column in columns], "missingValues": [""], "primaryKey": ["id"]}
    resource = {
        "name": kind.plural.replace("_", "-"), "path": address, "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv",
        "encoding": "utf-8", "dialect": {"delimiter": ",", "doubleQuote": True, "header": True}, "schema": schema,
    }  # fmt: skip
    return {
        "name": f"conflict-facts-{kind.plural.replace('_', '-')}",
        "title": kind.plural.capitalize(),
        "description": kind.description,
        "version": str(revision),
        "profile": "tabular-data-package",
        **({"licenses": [_license(text) for text in licenses]} if licenses else {}),
        **(
            {"sources": [{"title": source["title"], **({"path": source["url"]} if source["url"] else {})} for source in sources]}
            if sources
            else {}
        ),
        "resources": [resource],
    }


def _license(text: str) -> Json:
    """An SPDX identifier, or terms in words, which a data package names only as the title of another licence."""
    return {"name": text} if SPDX.fullmatch(text) else {"name": "other", "title": text}


def _frictionless_field(column: Column) -> Json:
    codes = column.about().get("codes")
    values: list[Any] = [int(code) if column.type.levels else code for code in codes] if isinstance(codes, dict) else []
    constraints = {**({"required": True, "unique": True} if column.name == "id" else {}), **({"enum": values} if values else {})}
    return {
        "name": column.name,
        "type": TYPES[column.type.name][0],
        "description": column.description,
        **({"unit_of_measure": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }
