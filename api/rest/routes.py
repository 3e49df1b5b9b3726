"""Routes of the REST API: each knows the plan that answers a request, and which kinds it has."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..query.bindings import Values
from ..store.plans import Plan

Endpoint = Callable[[Request], Awaitable[Response]]
Planner = Callable[[Request], tuple[Plan, Values] | None]


class PlannedRoute(Route):
    """A route to an endpoint that answers by a plan, which `plan` returns without running it; None for a streamed file."""

    def __init__(self, path: str, endpoint: Endpoint, plan: Planner, methods: list[str] | None = None) -> None:
        super().__init__(path, endpoint, methods=methods)
        self.plan = plan


class KindRoute(PlannedRoute):
    """A route whose `plural` matches only the given plurals: any other path goes on to the next route, and ends in a 404."""

    def __init__(self, path: str, endpoint: Endpoint, plan: Planner, plurals: Iterable[str]) -> None:
        super().__init__(path, endpoint, plan)
        self.plurals = tuple(plurals)
        self.path_regex = re.compile(self.path_regex.pattern.replace("(?P<plural>[^/]+)", f"(?P<plural>{'|'.join(self.plurals)})"))


def no_plan(request: Request) -> None:
    """Of what is answered by more than one statement."""
