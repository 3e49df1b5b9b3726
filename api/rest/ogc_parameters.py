"""The parameters of features: those of lists that OGC API - Features has too, in its own spelling."""

from __future__ import annotations

from starlette.requests import Request

from ..errors import BadArgument, UnknownArgument, shown
from ..http.query_string import only, parameters
from ..query.nodes import MAX_FIRST
from .conditions import parse_number
from .ogc import BBOX, DATETIME
from .parameters import EXPLAIN, Parameters

FORMAT, LIMIT, AFTER = "f", "limit", "after"
OF_LISTS = ("fields", "provenance", "order", "count", "search", EXPLAIN)  # Parameters of lists that features do not have.
BOX_WITH_HEIGHTS = 6  # Numbers.


def only_format(request: Request) -> None:
    check_format(dict(only(request, (FORMAT,))).get(FORMAT))


def check_format(text: str | None) -> None:
    if text not in (None, "json", "geojson"):
        raise BadArgument(
            f"{FORMAT}: must be json, not {shown(text)!r}; maps and tables of other formats are files, such as /v1/events.csv"
        )


def page_parameters(request: Request) -> Parameters:
    """The parameters of a page as lists have them. A limit above the largest page means the largest page (requirement 22)."""
    params: Parameters = []
    for name, text in parameters(request):
        if name == FORMAT:
            check_format(text)
        elif name in OF_LISTS:
            raise UnknownArgument(f"{name}: is not a parameter of features; lists such as /v1/events have it")
        elif name == LIMIT:
            params.append((name, str(min(parse_number(LIMIT, text), MAX_FIRST))))
        elif name == BBOX and text.count(",") == BOX_WITH_HEIGHTS - 1:
            west, south, _, east, north, _ = text.split(",")
            params.append((name, ",".join((west, south, east, north))))
        elif name == DATETIME and text in ("..", "../..", "/"):
            continue  # No end is limited.
        else:
            params.append((name, text))
    return params
