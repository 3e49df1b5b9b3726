"""Metrics for Prometheus, served apart from the API: their names and labels are those of Prometheus and OpenTelemetry where these have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from http import HTTPMethod
from socket import SHUT_RDWR, socket
from threading import BoundedSemaphore, Timer
from typing import Any

from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR, CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.routing import BaseRoute

from ..store.pool import Pool
from .cache import ResponseCache
from .exchanges import Exchange, route_of

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
MAX_SCRAPES, SCRAPE_SECONDS = (
    8,
    10.0,
)  # Connections for metrics at once, and how long one may take: who reads metrics reads them in a second.


class Metrics:
    """What one process has answered, and the state of its cache and its connections."""

    def __init__(self, routes: Sequence[BaseRoute], cache: ResponseCache, pool: Pool) -> None:
        self.registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR, StateCollector(cache, pool)):
            self.registry.register(collector)
        self.duration = Histogram(
            "http_server_request_duration_seconds", "The time from a request to the end of its response; status 499: its client did not wait.",
            ["method", "route", "status"], registry=self.registry, buckets=SECONDS,
        )  # fmt: skip
        self.operations = Histogram(
            "graphql_operation_duration_seconds", "The same time for GraphQL, by the field at the root of the operation; `several` if it has more than one.",
            ["operation", "status"], registry=self.registry, buckets=SECONDS,
        )  # fmt: skip
        self.bytes = Counter(
            "http_server_response_body_bytes", "The bytes of response bodies, compressed if they were.", ["route"], registry=self.registry
        )
        self.route = lru_cache(4096)(lambda path: route_of(routes, path))

    def __call__(self, exchange: Exchange) -> None:
        route = self.route(exchange.path)
        method = exchange.method if exchange.method in HTTPMethod.__members__ else "other"
        self.duration.labels(method, route, exchange.status).observe(exchange.seconds)
        if exchange.operation:
            self.operations.labels(exchange.operation, exchange.status).observe(exchange.seconds)
        self.bytes.labels(route).inc(exchange.sent_bytes)

    def serve(self, host: str, port: int) -> None:
        """Serve /metrics in a thread, until the process ends. Raises OSError."""
        limit_scrapes(start_http_server(port, host, self.registry)[0])


def limit_scrapes(server: Any) -> None:
    """Let a server of metrics, which has a thread for each connection, have few of them, and none for longer than `SCRAPE_SECONDS`."""
    places, serve_one, start_one = BoundedSemaphore(MAX_SCRAPES), server.process_request_thread, server.process_request

    def start(request: socket, address: object) -> None:
        if places.acquire(blocking=False):
            start_one(request, address)
        else:
            server.shutdown_request(request)

    def serve(request: socket, address: object) -> None:
        def cut() -> None:
            with suppress(OSError):
                request.shutdown(SHUT_RDWR)

        timer = Timer(SCRAPE_SECONDS, cut)
        timer.daemon = True
        timer.start()
        try:
            serve_one(request, address)
        finally:
            timer.cancel()
            places.release()

    server.process_request, server.process_request_thread = start, serve


class StateCollector(Collector):
    """Reads the state of the cache and of the connections when the metrics are asked for, so that requests do nothing for it."""

    def __init__(self, cache: ResponseCache, pool: Pool) -> None:
        self.cache, self.pool = cache, pool

    def collect(self) -> Iterable[Metric]:
        cache, pool = self.cache, self.pool
        requests = CounterMetricFamily(
            "conflict_facts_cache_requests", "Requests that the response cache handles: answered from it, or not.", labels=["result"]
        )
        requests.add_metric(["hit"], cache.hits)
        requests.add_metric(["miss"], cache.misses)
        yield requests
        yield GaugeMetricFamily("conflict_facts_cache_bytes", "The size of the response cache.", cache.responses.currsize)
        yield GaugeMetricFamily("conflict_facts_cache_responses", "The responses in it.", len(cache.responses))
        yield CounterMetricFamily("conflict_facts_database_statements", "Statements that were run to answer requests.", pool.statements)
        yield CounterMetricFamily("conflict_facts_database_seconds", "The time until they were answered.", pool.seconds)
        yield GaugeMetricFamily("conflict_facts_database_connections_in_use", "Connections of the pool that answer requests.", pool.in_use)
        yield GaugeMetricFamily("conflict_facts_database_connections_max", "Connections that the pool may have.", pool.settings.pool_size)
        yield from self._revision()
        yield from self._nodes()

    def _revision(self) -> Iterator[Metric]:
        if (newest := self.pool.revisions.newest) is not None:  # None while no notification can reach the process.
            yield GaugeMetricFamily("conflict_facts_revision", "The newest revision that the process knows.", newest)

    def _nodes(self) -> Iterator[Metric]:
        """The servers of a URL with several hosts, by name."""
        up = GaugeMetricFamily("conflict_facts_node_up", "Whether a database server answers, of several.", labels=["node"])
        read = GaugeMetricFamily("conflict_facts_node_read", "Whether it is the one that the process reads.", labels=["node"])
        newest = GaugeMetricFamily("conflict_facts_node_revision", "Its newest revision.", labels=["node"])
        behind = GaugeMetricFamily(
            "conflict_facts_node_lag_seconds",
            "For how long it has lacked a revision that another one has, as seen every five seconds.",
            labels=["node"],
        )
        for name, (state, lag, is_read) in self.pool.watch.named().items():
            up.add_metric([name], state is not None)
            read.add_metric([name], is_read)
            if state is not None and lag is not None:
                newest.add_metric([name], state.newest)
                behind.add_metric([name], lag)
        yield from (family for family in (up, read, newest, behind) if self.pool.nodes.several)
