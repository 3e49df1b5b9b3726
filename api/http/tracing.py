"""Traces by OpenTelemetry: a span for each request, below that of its caller, and one for each statement, sent by OTLP. Imported only where the settings ask for it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from http import HTTPMethod

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import __version__
from .exchanges import NOTES, Notes, route_of

NAME = "conflict-facts"
NAMED = re.compile(r"\s*/\* conflict-facts: ([^*]{1,200}) \*/")
COMMANDS = ("select", "with")  # Of statements without a name. Others, such as `set` and `begin`, only prepare for them.
INTERNAL_ERROR = 500


class Traces:
    """The spans of one process. They are sent in batches by a thread; those that cannot be sent are dropped, and requests do not wait for it.

    The SDK reads its own environment variables, such as OTEL_TRACES_SAMPLER and OTEL_SERVICE_NAME.
    """

    def __init__(self, routes: Sequence[BaseRoute], exporter: SpanExporter) -> None:
        self.provider = TracerProvider(resource=Resource.create({"service.version": __version__}).merge(_named()))
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer(NAME, __version__)
        self.propagator = TraceContextTextMapPropagator()
        self.route: Callable[[str], str] = lru_cache(4096)(lambda path: route_of(routes, path))

    def statement(self, text: str, seconds: float, error: str) -> None:
        """A span for a statement that has just been answered: its name, its time and the code of its error, and nothing of its values."""
        if not (name := statement_name(text)):
            return
        end = time.time_ns()
        span = self.tracer.start_span(
            name, kind=SpanKind.CLIENT, start_time=end - int(seconds * 1e9), attributes={"db.system.name": "postgresql", "db.query.summary": name}
        )  # fmt: skip
        if error:
            span.set_attribute("error.type", error)
            span.set_status(StatusCode.ERROR)
        span.end(end)

    async def close(self) -> None:
        """Send what has not been sent."""
        await asyncio.sleep(0)  # A statement is told of in the turn of the loop after its answer.
        await asyncio.to_thread(self.provider.shutdown)


class TracedRequests:
    """ASGI middleware outside of all other: a span for each request, with its route and not its query, which says what a visitor searched for."""

    def __init__(self, app: ASGIApp, traces: Traces) -> None:
        self.app, self.traces = app, traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name.startswith(b"trace")}
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "_OTHER"
        route, notes = self.traces.route(scope["path"]), Notes()
        with self.traces.tracer.start_as_current_span(
            f"{method} {route}",
            self.traces.propagator.extract(headers),
            SpanKind.SERVER,
            {"http.request.method": method, "http.route": route},
        ) as span:

            async def observing(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= INTERNAL_ERROR:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app({**scope, NOTES: notes}, receive, observing)
            if notes.operation:
                span.set_attribute("graphql.operation.root", notes.operation)


def otlp_exporter(endpoint: str) -> SpanExporter:
    """What sends spans to a collector, by OTLP over HTTP."""
    return OTLPSpanExporter(endpoint)


@lru_cache(1000)
def statement_name(text: str) -> str:
    """The name that a statement begins with; for others that read, the command; otherwise nothing."""
    if named := NAMED.match(text):
        return named[1]
    command = text.lstrip()[:6].partition(" ")[0].lower()
    return command if command in COMMANDS and text.strip() != command else ""


def _named() -> Resource:
    return Resource({"service.name": NAME}) if Resource.create().attributes["service.name"] == "unknown_service" else Resource({})
