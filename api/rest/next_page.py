"""The URL of the next page of a list, in the body of this one and in its `Link` header (RFC 8288)."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

from starlette.requests import Request

from ..http.query_string import parameters
from ..store.store import Answer
from .parameters import Parameters
from .responder import Body

MAX_LINK = 8_000  # Characters; many clients and proxies refuse longer headers.
NOT_IN_NEXT = ("after", "before", "revision", "as_of")  # The link to the next page replaces `after`; its cursor fixes the revision.
UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")  # Characters that need no escaping in a URL.


def link_to_next(request: Request, headers: dict[str, str], page: str) -> None:
    """Add the URL of the next page to the headers of a file, if the object that SQL wrote has its cursor."""
    _, cursor = _split_next(page)
    if cursor:
        add_link(headers, _next_page(request.scope["path"], parameters(request), cursor))


def add_link(headers: dict[str, str], url: str) -> None:
    """Add the URL of the next page to headers, which may have other links, unless it is too long for them."""
    if len(url) <= MAX_LINK:
        headers["link"] = ", ".join(filter(None, [headers.get("link"), f'<{url}>; rel="next"']))


def page_of(request: Request) -> Body:
    """Writes the body from the object that SQL wrote, which ends in the cursor of the next page."""

    def body(answer: Answer, headers: dict[str, str]) -> str:
        page, cursor = _split_next(answer.roots[0] or "")
        following = "null"
        if cursor:
            url = _next_page(request.scope["path"], parameters(request), cursor)
            following = f'"{url}"'
            add_link(headers, url)
        return f'{{"revision":{answer.revision},{page},"next":{following}}}'

    return body


def _next_page(path: str, params: Parameters, cursor: str) -> str:
    """The URL of the page after `cursor`, with the other parameters of this one."""
    other_params = [(name, text) for name, text in params if name not in NOT_IN_NEXT]
    return f"{path}?{'&'.join([f'{_escaped(name)}={_escaped(text)}' for name, text in [*other_params, ('after', cursor)]])}"


def _escaped(text: str) -> str:
    return text if UNRESERVED.fullmatch(text) else quote_plus(text)


def _split_next(document: str) -> tuple[str, str]:
    """The list and the cursor of the next page, from the object that SQL wrote: `{"data":[…],"next":…}`."""
    body, _, following = document[1:-1].rpartition('"next":')
    return body.removesuffix(","), "" if following == "null" else following.strip('"')
