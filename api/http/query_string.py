"""The parameters in the query string of a request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response

from schema.codelists.vocabularies import suggestion

from ..errors import MAX_SHOWN, BadArgument, UnknownArgument, shown
from ..query.foreign_arguments import purpose

# What others add to addresses: advertisers and mailing programs, to follow a reader, and jQuery, to pass by caches. Google Sheets adds a bare number.
TRACKING = re.compile(r"utm_\w+|(fb|g|dc|ms|y|tw|ttc)clid|gbraid|wbraid|gad_source|mc_[ce]id|igshid|_ga|_gl|_hsenc|_hsmi|_")
# Parameters whose value is a list: repeated, as many clients write a list, they mean the same as with commas.
LISTS = ("fields", "provenance", "order", "by", "bbox")
MAX_CACHED = 2000  # Bytes; longer query strings are parsed every time.


def parameters(request: Request) -> list[tuple[str, Any]]:
    """The names and values in the query string, in their order. Raises BadArgument if it is not valid UTF-8, which could only match nothing."""
    query = request.scope["query_string"]
    return [*(_parsed if len(query) < MAX_CACHED else _parsed.__wrapped__)(query)]


@lru_cache(maxsize=256)  # Clients that fetch one record after another send the same parameters for each.
def _parsed(query: bytes) -> tuple[tuple[str, str], ...]:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if any("\ufffd" in text for pair in pairs for text in pair):
        try:
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError as error:
            raise BadArgument("the query string is not UTF-8; percent-encode each byte of a character's UTF-8: é is %C3%A9") from error
    pairs = [(name, value) for name, value in pairs if not (TRACKING.fullmatch(name) or (name.isdigit() and not value))]
    for name, _ in pairs:
        if any(len(part) > MAX_SHOWN for part in name.split(".")):
            raise UnknownArgument(f"{shown(name)}: is not a parameter; no name is so long")
    return tuple(_joined(pairs))


def _joined(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The same parameters, of which those of LISTS stand once, with all their values."""
    lists = {name: ",".join(value for other, value in pairs if other == name) for name in LISTS if (name, "") not in pairs}
    for name, value in pairs:
        if name not in lists:
            yield name, value
        elif joined := lists[name]:
            yield name, joined
            lists[name] = ""


def only(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a request that may have only those of `names`, each once. Raises UnknownArgument and BadArgument."""
    for name, _ in parameters(request):
        if name not in names:
            raise UnknownArgument(f"{shown(name)}: is not a parameter here; {_hint(name, names)}")
        if name not in LISTS:
            refuse_repeated(name, request.query_params.getlist(name))
    return dict(parameters(request))


def without_parameters(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of an address that takes no parameters. Raises UnknownArgument for any."""

    async def strict(request: Request) -> Response:
        only(request, ())
        return await endpoint(request)

    return strict


def _hint(name: str, names: tuple[str, ...]) -> str:
    """What may be meant by a parameter that does not exist: the one for what other APIs use this name for, or a similar one."""
    meant = purpose(name)
    same = [other for other in names if purpose(other) == meant] if meant else []
    return f"did you mean {', '.join(same)}" if same else suggestion(name, names) if names else "this address takes none"


def refuse_repeated(name: str, values: list[Any], cure: str = "give it once") -> None:
    """Raises BadArgument if a parameter has several values."""
    if len(values) > 1:
        raise BadArgument(f"{shown(name)}: is given {len(values)} times; {cure}")
