"""The command that serves. Imports nothing that only loading needs: most of a server's start-up time is spent importing modules."""

from __future__ import annotations

import asyncio
import gc
import socket

import click
import uvicorn

from schema.kinds import KINDS

from ..app import create_app, refuse_unprotected
from ..errors import NoDatabase
from ..http.protocol import CoalescingProtocol
from ..settings import MAX_PORT, Settings, settings
from ..store.pool import Pool
from . import FIXTURES, echo_err
from .database import database

START_PATHS = {"/": "what this is", "/graphql": "explore with GraphQL", "/docs": "try REST", "/v1/events": "the events as JSON"}


@click.command()
@click.option("--host", help="The address to listen on; by default HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, MAX_PORT), help="The port to listen on; by default PORT, else 8000.")
@click.option("--load/--no-load", "loads", default=True, help="Whether to load the fixtures first; unchanged ones are skipped.")
def serve(host: str | None, port: int | None, loads: bool) -> None:
    """Start the server.

    Starts the embedded database unless DATABASE_URL is set, migrates the tables, loads the fixtures, and serves until it is stopped.
    """
    config = settings(host=host, port=port)
    with database(config) as urls:
        asyncio.run(_refuse_unprotected(config, urls.read_url))  # Before the load, which would withhold what is there.
        if loads:
            _load_fixtures(config, urls.url)
        if config.private:
            echo_err("PRIVATE: responses contain what must not be redistributed; let nobody but the operator reach this server")
        server = AnnouncingServer(
            uvicorn.Config(
                create_app(config, urls.read_url), config.host, config.port, log_level="warning", access_log=False, lifespan="on",
                timeout_graceful_shutdown=5, http=CoalescingProtocol,
            )
        )  # fmt: skip
        try:
            server.run()
        except KeyboardInterrupt:
            echo_err("stopping")
        except SystemExit:
            pass  # uvicorn has logged that it cannot listen; the error below says what to do.
    if not server.started:
        raise NoDatabase(f"could not listen on {config.host}:{config.port}; another program may be using it: try --port {config.port + 1}")


def _load_fixtures(config: Settings, url: str) -> None:
    from ..loading.collections import load  # noqa: PLC0415  # only needed with --load

    echo_err(f"loading {FIXTURES.name}/")
    for line in asyncio.run(load(KINDS, url, FIXTURES, private=config.private)).lines():
        echo_err(line)


async def _refuse_unprotected(config: Settings, read_url: str) -> None:
    pool = Pool(read_url, config)
    await pool.open()
    try:
        await refuse_unprotected(pool, KINDS)
    finally:
        await pool.close()


class AnnouncingServer(uvicorn.Server):
    """Prints where to go once the server answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        # The first request for a document allocates ten thousand objects; with the default threshold the collector would run a dozen times.
        gc.set_threshold(10_000)
        gc.freeze()  # What exists now lives as long as the process; scanning all of it, as a full collection does, blocks every request for 0.1 s.
        base = f"http://{self.config.host}:{self.config.port}"
        echo_err("\nready. Open:")
        for path, about in START_PATHS.items():
            echo_err(f"  {base + path:<36} {about}")
        echo_err("Ctrl-C stops the server and the database.")
