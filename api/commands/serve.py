"""The command that serves. It imports nothing that only loads need: how soon a server is ready is mostly what Python reads until then."""

from __future__ import annotations

import asyncio
import gc
import socket

import click
import uvicorn

from schema.kinds import KINDS

from ..app import create_app, may_serve
from ..errors import NoDatabase
from ..http.protocol import CoalescingProtocol
from ..settings import Settings, settings
from ..store.pool import Pool
from . import FIXTURES, echo_err
from .database import database


@click.command()
@click.option("--host", help="The address to listen on; HOST, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on; PORT, or 8000.")
@click.option("--load/--no-load", "loads", default=True, help="Load fixtures/ first where the database lacks or differs from it.")
def serve(host: str | None, port: int | None, loads: bool) -> None:
    """Start the database if none is given, migrate it, load the fixtures, and serve."""
    given = settings(host=host, port=port)
    with database(given) as addresses:
        asyncio.run(_may_serve(given, addresses.read_url))  # Before a load withholds what is there.
        if loads:
            from ..loading.collections import load  # noqa: PLC0415  # Who only serves need not import it.

            echo_err(f"loading {FIXTURES.name}/")
            for line in asyncio.run(load(KINDS, addresses.url, FIXTURES, private=given.private)).lines():
                echo_err(line)
        if given.private:
            echo_err("PRIVATE: what may not be passed on is shown; let nobody but its operator reach this server")
        app = create_app(given, addresses.read_url)
        config = uvicorn.Config(
            app,
            given.host,
            given.port,
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=5,
            http=CoalescingProtocol,
        )
        server = AnnouncingServer(config)
        try:
            server.run()
        except KeyboardInterrupt:
            echo_err("stopping")
        except SystemExit:
            pass  # uvicorn has said that it cannot listen; what to do is said below.
    if not server.started:
        raise NoDatabase(f"could not listen on {given.host}:{given.port}; another program may hold it: try --port {given.port + 1}")


async def _may_serve(given: Settings, read_url: str) -> None:
    database = Pool(read_url, given)
    await database.open()
    try:
        await may_serve(database, KINDS)
    finally:
        await database.close()


class AnnouncingServer(uvicorn.Server):
    """Says where to go once the addresses answer, and not before."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        # A document makes ten thousand objects when it is first seen; by default Python would look for garbage a dozen times meanwhile.
        gc.set_threshold(10_000)
        gc.freeze()  # What is there now stays: to look through all of it for garbage, as Python does at times, holds everybody up for 0.1 s.
        base = f"http://{self.config.host}:{self.config.port}"
        echo_err("\nready. Open:")
        for path, what in (
            ("/", "what this is"),
            ("/graphql", "GraphQL, to explore"),
            ("/docs", "REST, to try"),
            ("/v1/events", "the events as JSON"),
        ):
            echo_err(f"  {base + path:<36} {what}")
        echo_err("Ctrl-C stops the server and the database.")
