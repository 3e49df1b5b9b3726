"""Answers on their way out: the revision they hold for, the tags they go by, and the encodings they can be sent in."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping

import brotli  # type: ignore[import-untyped]  # it has no annotations
import zstandard
from starlette.requests import Request
from starlette.responses import Response

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from .. import __version__
from ..errors import NoSuchRevision
from ..query.nodes import At
from ..sql.preference import RULE
from ..store.store import Store

JSON = "application/json"
# The best first; the levels are those where more of it would cost more time than it saves bytes (measured on lists of events).
ENCODINGS: dict[bytes, Callable[[bytes], bytes]] = {
    b"zstd": lambda body: zstandard.compress(body, 3),
    b"br": lambda body: brotli.compress(body, quality=4),
    b"gzip": lambda body: zlib.compress(body, 5, wbits=31),
}
MIN_ENCODED_SIZE = 1000  # Bytes.


class FactResponse(Response):
    """An answer made of facts. Until a later revision than `current` is recorded, the same request has the same answer."""

    def __init__(self, body: str, headers: Mapping[str, str], current: int, media_type: str = JSON) -> None:
        # All that Starlette's own does, in a quarter of its time: the names are in lower case, and type and length are not among them.
        self.status_code, self.media_type, self.background = 200, media_type, None
        self.body = body.encode()
        self.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self.raw_headers += [(b"content-type", media_type.encode("latin-1")), (b"content-length", b"%d" % len(self.body))]
        self.current = current


class NotModified(Response):
    """304: who asks holds the answer already, and does so until a later revision than `current` is recorded; 0 where nobody would hear of it."""

    def __init__(self, headers: Mapping[str, str], current: int) -> None:
        super().__init__(status_code=304, headers=headers)
        self.current = current


class ETags:
    """ETags, and what goes by them: the same address, revision and edition of the API give the same bytes."""

    def __init__(self, kinds: Kinds, store: Store) -> None:
        self.store = store
        declared = [(kind.name, *kind.fields) for kind in kinds.values()]
        self.private = store.pool.settings.private
        told = f"{__version__} {RULE} {declared}{' private' * self.private}"
        self.edition = hashlib.sha256(told.encode())

    def headers(self, request: Request, revision: int, fixed: bool, kinds: Iterable[Kind] = ()) -> dict[str, str]:
        """An answer of a revision that was asked for by number never changes; one of today may with the next load."""
        whose = "private" if self.private else "public"
        return {
            "etag": self.etag(request, revision),
            "cache-control": f"{whose}, max-age=86400" if fixed else f"{whose}, no-cache",
            "conflict-facts-revision": str(revision),
            **self.withheld_headers(kinds),
        }

    def withheld_headers(self, kinds: Iterable[Kind]) -> dict[str, str]:
        """How many records of these kinds are withheld, where any are."""
        count = self.store.withheld.of(kinds) if self.store.withheld.records else 0
        return {"conflict-facts-withheld": str(count)} if count else {}

    def etag(self, request: Request, revision: int) -> str:
        # Where a load took back what had been shown, answers as of earlier revisions are not what they were.
        asked = self.edition.copy()
        asked.update(b" %b?%b" % (request.scope["path"].encode(), request.scope["query_string"]))
        if self.store.withheld.taken_back:
            asked.update(b" %d" % self.store.withheld.taken_back)
        return f'W/"{revision}-{asked.hexdigest()[:16]}"'

    async def not_modified(self, request: Request, at: At, fixed: bool = False) -> Response | None:
        """304 for who holds the answer already; it costs at most one look at the revision."""
        held = [one.strip().removeprefix("W/") for line in request.headers.getlist("if-none-match") for one in line.split(",")]
        if not held:
            return None
        # Before anything is waited for: what is found holds for this one, whatever is heard meanwhile.
        current = self.store.pool.revision
        try:
            revision = await self.store.revision(at) if current is None or not at.now else current
            await self.store.refresh_withheld(current)
        except NoSuchRevision:  # Answering will tell.
            return None
        if self.etag(request, revision).removeprefix("W/") not in held:
            return None
        return NotModified(self.headers(request, revision, fixed), current or 0)

    def if_none_match_star(self, request: Request, headers: dict[str, str]) -> Response | None:
        """304 for who wants an answer only where there is none, once it is known that there is one (RFC 9110, 13.1.2)."""
        held = request.headers.get("if-none-match", "").strip()
        return Response(status_code=304, headers=headers) if held == "*" else None


def withheld_message(kind: Kind, id: str, source: Mapping[str, object]) -> str:
    """Why a record is not shown, and where to look for it."""
    where = f"; its owner publishes it at {source['url']}" if source["url"] else ""
    return f"{kind.name} {id!r} rests on {source['title'] or source['id']} alone, whose terms forbid passing it on{where}"
