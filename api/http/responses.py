"""Responses made of facts: their revision, their ETags and cache headers, and the encodings they can be sent in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from .. import __version__
from ..errors import NoSuchRevision
from ..query.nodes import NOW, At
from ..sql.preference import RULE
from ..store.store import Store
from .encodings import requested_encoding
from .etags import has_response, opaque_tags

JSON = "application/json"
REVISION_HEADER = "conflict-facts-revision"
COST_HEADER = "conflict-facts-cost"  # Of responses of REST; those of GraphQL have the cost in `extensions`.
MAX_AGE = 86_400  # Seconds for which a client may reuse a response that cannot change, and a browser the rules of CORS.


class FactResponse(Response):
    """A response made of facts. The same request has the same response until a later revision than `current` is recorded."""

    def __init__(self, body: str | bytes, headers: Mapping[str, str], current: int, media_type: str = JSON) -> None:
        # The same as Response.__init__, in a quarter of its time: names are lower case, and content-type and content-length are not among them.
        self.status_code, self.media_type, self.background = 200, media_type, None
        self.body = body.encode() if isinstance(body, str) else body
        self.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self.raw_headers += [(b"content-type", media_type.encode("latin-1")), (b"content-length", b"%d" % len(self.body))]
        self.current = current


class NotModified(Response):
    """304: the client has the response already.

    This holds until a later revision than `current` is recorded; `current` is 0 if there is no listening connection.
    """

    def __init__(self, headers: Mapping[str, str], current: int) -> None:
        super().__init__(status_code=304, headers=headers)
        self.current = current


class CacheHeaders:
    """The ETag and the cache headers of responses: the same URL, revision and edition of the API give the same bytes."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.store = store
        declared = [(kind.name, *kind.shown) for kind in kinds.values()]
        self.private = store.pool.settings.private
        limit = store.max_cost  # Responses of GraphQL name it.
        edition = f"{__version__} {RULE} {declared} {limit}{' private' * self.private}"
        self.edition = hashlib.sha256(edition.encode())

    def headers(self, request: Request, revision: int, immutable: bool, kinds: Iterable[Kind] = ()) -> dict[str, str]:
        """The headers of a response. An `immutable` response, of an earlier revision or of one requested by number, never changes; others may."""
        scope = "private" if self.private else "public"
        return {
            "etag": self.etag(request, revision, immutable),
            "cache-control": f"{scope}, max-age={MAX_AGE}" if immutable else f"{scope}, no-cache",
            REVISION_HEADER: str(revision),
            **self.withheld_headers(kinds),
        }

    def withheld_headers(self, kinds: Iterable[Kind]) -> dict[str, str]:
        """The number of records of these kinds that are withheld, if any are."""
        count = self.store.withheld.of(kinds) if self.store.withheld.records else 0
        return {"conflict-facts-withheld": str(count)} if count else {}

    def etag(self, request: Request, revision: int, immutable: bool) -> str:
        """The ETag of the response to a request, as of a revision. A page after a cursor has another one once its revision is not the newest."""
        digest = self.edition.copy()
        digest.update(b" %b?%b" % (request.scope["path"].encode(), request.scope["query_string"]))
        if immutable:
            digest.update(b" immutable")
        if self.store.withheld.last_withdrawal:  # A load withheld what had been published, so responses as of earlier revisions changed.
            digest.update(b" %d" % self.store.withheld.last_withdrawal)
        return f'W/"{revision}-{digest.hexdigest()[:16]}"'

    def file_etag(self, request: Request, revision: int, last_withdrawal: int) -> str:
        """The ETag of a file. It is strong if its bytes are sent as they are; compressed, the same bytes may come out differently."""
        digest = self.edition.copy()
        digest.update(b" %b?%b %d" % (request.scope["path"].encode(), request.scope["query_string"], last_withdrawal))
        compressed = requested_encoding(request) is not None and request.method != "HEAD" and "range" not in request.headers
        return f'{"W/" * compressed}"{revision}-{digest.hexdigest()[:16]}"'

    def matches(self, request: Request, etag: str) -> bool:
        """Whether the client has a response with this ETag already."""
        return has_response(request.headers.getlist("if-none-match"), etag)

    async def not_modified(self, request: Request, at: At, immutable: bool = False) -> Response | None:
        """A 304 if the client has the response already. This takes at most one query, for the revision."""
        if not (client_etags := opaque_tags(request.headers.getlist("if-none-match"))):
            return None
        # Read before anything is awaited: the result is valid for this revision, whichever is recorded meanwhile.
        current = self.store.pool.revisions.newest
        try:
            revision = await self.store.revision(at) if current is None or not at.now else current
            await self.store.refresh(current)
            if at.walk:
                immutable = revision != (await self.store.revision(NOW) if current is None else current)
        except NoSuchRevision:  # Answering raises it again.
            return None
        if self.etag(request, revision, immutable).removeprefix("W/") not in client_etags:
            return None
        return NotModified(self.headers(request, revision, immutable), current or 0)

    def if_none_match_star(self, request: Request, headers: dict[str, str]) -> Response | None:
        """A 304 for `if-none-match: *`, once it is known that there is a response (RFC 9110, 13.1.2)."""
        tags = opaque_tags(request.headers.getlist("if-none-match"))
        return Response(status_code=304, headers=headers) if tags == ["*"] else None


def site_of(scope: Scope) -> bytes:
    """The scheme and the host of a request, on which a response depends that contains addresses of this server."""
    return str(scope["scheme"]).encode() + b"".join(value for name, value in scope["headers"] if name == b"host")


def withheld_message(kind: Kind, id: str, source: Mapping[str, object]) -> str:
    """Why a record is withheld, and where its source publishes it."""
    where = f"; its owner publishes it at {source['url']}" if source["url"] else ""
    return f"{kind.name} {id!r} rests on {source['title'] or source['id']} alone, whose terms forbid passing it on{where}"
