"""Errors as pages, for browsers: what is wrong, what to do, and a search box."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from schema.model.kinds import Kinds

from ..errors import ApiError
from .rendering import Renderer

APIS = ("/v1", "/graphql")  # Browsers show their errors as they are, unless there is nothing at all.
NOT_FOUND = 404
CHECK = "/check-claim"


class ErrorPages:
    """Turns problem documents into pages for those who look at pages."""

    def __init__(self, kinds: Kinds, renderer: Renderer) -> None:
        self.renderer = renderer
        (summed,) = kinds.summed
        self.event = summed.totals.event if summed.totals else ""
        self.paths = {"search", "collections", *(kind.plural for kind in kinds.values())}

    def response(self, request: Request, error: Exception, problem: Response) -> Response:
        """The page of an error, with the status and the headers of its problem document; that document, if no page is wanted."""
        if not self._is_wanted(request, problem.status_code):
            return problem
        shown = error if isinstance(error, ApiError) else ApiError()
        text = self.renderer.render(request, "error.html", error=shown, source=shown.members.get("source"), sought=self._sought(request))
        kept = {name: value for name, value in problem.headers.items() if name not in ("content-type", "content-length")}
        return Response(text, problem.status_code, {**kept, **self.renderer.headers(), "vary": "accept"}, "text/html")

    def _sought(self, request: Request) -> str:
        """What to search for: who checks a sentence and does not know the id of the event has given its name."""
        return request.query_params.get(self.event, "") if request.url.path == CHECK else ""

    def _is_wanted(self, request: Request, status: int) -> bool:
        path = request.url.path
        if request.method not in ("GET", "HEAD"):
            return False
        if path.split("/", 2)[1] in self.paths:
            return True
        return names_html(request) and (status == NOT_FOUND or not any(path == api or path.startswith(f"{api}/") for api in APIS))


def names_html(request: Request) -> bool:
    """Whether a browser asks: it names text/html, which an HTTP client that accepts anything does not."""
    media_types = (part.replace(" ", "").lower().split(";") for part in request.headers.get("accept", "").split(","))
    return any(name == "text/html" and "q=0" not in rest for name, *rest in media_types)
