"""Traces: each request is a span below that of its caller, with a span for each statement, of which only the name is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.settings import BadSetting, Settings, settings

from ..conftest import Instance

pytest.importorskip("opentelemetry.sdk", reason="run `make otel`")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="run `make otel`")
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Any:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from api.http import tracing

    found = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "otlp_exporter", lambda endpoint: found)
    return found


async def traced(aleppo: Instance, *requests: tuple[str, dict[str, str]]) -> None:
    app = create_app(Settings(otlp_endpoint="http://127.0.0.1:4318/v1/traces"), aleppo.read_url)
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for path, headers in requests:
            await client.get(path, headers=headers)


def told(spans: Sequence[Any]) -> str:
    return "\n".join(span.to_json() for span in spans)


async def test_a_request_and_its_statement_are_spans_of_the_callers_trace(aleppo: Instance, exporter: Any) -> None:
    from opentelemetry.trace import SpanKind

    await traced(
        aleppo,
        ("/v1/events?country=SYR&limit=1", {"traceparent": f"00-{TRACE}-{SPAN}-01"}),
        ("/graphql?query={mine:events(first:1,search:%22secret%22){nodes{id}}}", {}),
        ("/no/such/page", {}),
    )
    spans = exporter.get_finished_spans()
    rest, graphql, unknown = (span for span in spans if span.kind is SpanKind.SERVER)
    assert (rest.name, graphql.name, unknown.name) == ("GET /v1/events", "GET /graphql", "GET unmatched")
    assert (f"{rest.context.trace_id:032x}", f"{rest.parent.span_id:016x}") == (TRACE, SPAN)
    assert rest.attributes["http.response.status_code"] == 200 and unknown.attributes["http.response.status_code"] == 404
    assert graphql.attributes["graphql.operation.root"] == "events" and graphql.parent is None
    for request in (rest, graphql):
        (statement,) = [
            span for span in spans if span.parent and span.parent.span_id == request.context.span_id and span.name == "Page of events"
        ]
        assert statement.kind is SpanKind.CLIENT and statement.attributes["db.system.name"] == "postgresql"
        assert statement.start_time <= statement.end_time and statement.context.trace_id == request.context.trace_id
    for sent in ("SYR", "secret", "mine", "no/such", "begin"):
        assert sent not in told(spans)


async def test_a_failed_statement_tells_its_code_and_not_its_message(aleppo: Instance, exporter: Any) -> None:
    from api.sql.answering.statement import Statement

    app = create_app(Settings(otlp_endpoint="http://127.0.0.1:4318"), aleppo.read_url)
    async with app.router.lifespan_context(app):
        with pytest.raises(Exception, match="an argument has a value"):
            await app.state.store.pool.answer(Statement("/* conflict-facts: Test */ select 'a secret'::int", ()))
    (failed,) = [span for span in exporter.get_finished_spans() if span.name == "Test"]
    assert failed.attributes["error.type"] == "22P02" and not failed.status.is_ok and "secret" not in told([failed])


async def test_without_the_setting_no_statement_is_watched(aleppo: Instance) -> None:
    assert aleppo.app.state.store.pool.nodes.on_statement is None and not hasattr(aleppo.app.state, "traces")


@pytest.mark.parametrize("value", ["127.0.0.1:4318", "ftp://h/", "http://", "http://a b/"])
def test_what_is_no_address_of_a_collector_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match=r"OTLP_ENDPOINT.*must be a URL such as http://127.0.0.1:4318/v1/traces"):
        settings({"OTLP_ENDPOINT": value})
