"""The command that serves. Imports nothing that only loading needs: most of a server's start-up time is spent importing modules."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import resource
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from schema.kinds import KINDS

from ..app import create_app, refuse_unprotected
from ..errors import CannotListen, LoadRefused, MayNotServe
from ..http.connections import ConnectionLimits
from ..http.guard import PRIVATE_HEADER
from ..http.log_pace import LogPace
from ..loading.background import BackgroundLoad
from ..postgres.roles import excess
from ..settings import MAX_PORT, Settings, settings
from ..store.allowance import Buckets
from ..store.pool import Pool
from . import echo_err
from .database import database, database_errors, read_setting

if TYPE_CHECKING:
    from ..http.metrics import Metrics
    from ..loading.receipts import Receipt

FILES_OF_OWN = 48  # Files that the process has open beside connections, about.
# How many connections a client may always open at once, and the seconds in which it may open as many more: opening one takes more than a request on it.
NEW_AT_ONCE, NEW_SECONDS = 250, 5
CLIENTS_LOGGERS = ("uvicorn.error", "api.http.connections")  # Which write what any client can have them write.
START_PATHS = {"/": "what this is", "/graphql": "explore with GraphQL", "/docs": "try REST", "/v1/events": "the events as JSON"}


@click.command()
@click.option("--host", help="The address to listen on; by default HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, MAX_PORT), help="The port to listen on; by default PORT, else 8000.")
@click.option("--load/--no-load", "loads", default=True, help="Whether to load the collections; unchanged ones are skipped.")
def serve(host: str | None, port: int | None, loads: bool) -> None:
    """Start the server.

    Starts the embedded database unless DATABASE_URL is set, migrates the tables, and serves until it is stopped. Collections of documents and
    tables are loaded first; those with files of publishers, which take longer, while it serves.
    """
    config = settings(host=host, port=port)
    with database(config) as urls:
        with database_errors(config, read_setting(config)):
            asyncio.run(_refuse_unprotected(config, urls.read_url))  # Before the load, which would withhold what is there.
            _check_role(config, urls.read_url)
        later: list[Path] = []
        if loads:
            with database_errors(config):
                later = _load_fixtures(config, urls.url)
        background = BackgroundLoad(urls.url, later, config.private, echo_err)
        if config.private:
            echo_err("PRIVATE: responses contain what must not be redistributed; let nobody but the operator reach this server")
        app = create_app(config, urls.read_url, loading=background)
        if config.metrics_port:
            _serve_metrics(config, app.state.metrics)
        server = AnnouncingServer(
            uvicorn.Config(
                app, config.host, config.port, log_level="warning", access_log=False, lifespan="on",
                timeout_graceful_shutdown=5, proxy_headers=False,  # The application reads those of TRUSTED_PROXIES.
                http=_limits(config).protocol,  # type: ignore[arg-type]  # any callable that makes a protocol will do
            ),
            background,
        )  # fmt: skip
        for name in CLIENTS_LOGGERS:
            logging.getLogger(name).addFilter(LogPace())
        try:
            server.run()
        except KeyboardInterrupt:
            echo_err("stopping")
        except SystemExit as error:  # uvicorn exits while it handles the error of the socket, which it has logged.
            raise CannotListen(_listening_problem(config, error.__context__)) from error
        finally:
            background.stop()  # Before the database.
    if not server.started:
        raise CannotListen(_listening_problem(config, None))


def _serve_metrics(config: Settings, metrics: Metrics) -> None:
    """Serve the metrics until the process ends. Raises CannotListen."""
    try:
        metrics.serve(config.metrics_host, config.metrics_port)
    except OSError as error:
        raise CannotListen(
            f"could not listen on {config.metrics_host}:{config.metrics_port} for the metrics: {error.strerror}; set METRICS_HOST and METRICS_PORT"
        ) from error
    echo_err(f"metrics: http://{config.metrics_host}:{config.metrics_port}/metrics")


def _limits(config: Settings) -> ConnectionLimits:
    """The limits on connections: as many as are set, but no more than the system allows the process files."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # macOS has a lower limit than it says.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    allowed = config.max_connections if files == resource.RLIM_INFINITY else (files - config.pool_size - FILES_OF_OWN) // 2
    connections = max(
        1, min(config.max_connections, allowed)
    )  # Half of the files are for connections that are refused, or ask for /health.
    per_client = min(connections, config.max_connections_per_client)
    paced = config.rate_limit and not config.trusted_proxies  # A proxy opens the connections of many clients.
    new = Buckets(max(NEW_AT_ONCE, per_client), NEW_SECONDS) if paced else None
    headers = (PRIVATE_HEADER,) if config.private else ()
    return ConnectionLimits(connections, per_client, config.request_timeout, new, headers)


def _listening_problem(config: Settings, error: BaseException | None) -> str:
    """Why the server cannot listen, and what to do; `error` is that of the socket, if it is known."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        other = config.port + 1 if config.port < MAX_PORT else config.port - 1
        cure = f"another program is using the port: try --port {other}"
    elif number == errno.EACCES:
        cure = "ports below 1024 may need an administrator: try --port 8000"
    else:
        cure = "HOST must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
    return f"could not listen on {config.host}:{config.port}; {cure}"


def _load_fixtures(config: Settings, url: str) -> list[Path]:
    """Load the collections that are loaded before the server answers; returns the folders of those that are loaded later.

    Those with data files are loaded later, unless there are no others, since the first load into an empty database locks its tables; or
    unless the others refer to them.
    """
    from ..loading.collections import load  # noqa: PLC0415  # only needed with --load
    from ..loading.fixture_files import collection_folders, has_data_files  # noqa: PLC0415

    folders = collection_folders(config.fixtures)
    later = [folder for folder in folders if has_data_files(folder)]
    if 0 < len(later) < len(folders):
        with suppress(LoadRefused):
            _load(
                config,
                [folder for folder in folders if folder not in later],
                load(KINDS, url, config.fixtures, private=config.private, data_files=False),
            )
            return later
    _load(config, folders, load(KINDS, url, config.fixtures, private=config.private))
    return []


def _load(config: Settings, folders: Sequence[Path], loading: Coroutine[Any, Any, Receipt]) -> None:
    echo_err(f"loading {', '.join(f'{config.fixtures.name}/{folder.name}' for folder in folders)}")
    for line in asyncio.run(loading).lines():
        echo_err(line)


def _check_role(config: Settings, read_url: str) -> None:
    """Say so, or refuse to serve, if the role that reads can do more than that. Raises MayNotServe."""
    role, found = asyncio.run(excess(KINDS, read_url))
    if not found:
        return
    message = (
        f"the role {role}, as which the server reads, {' and '.join(found)}. Run `conflict-facts roles`, which prints the statements "
        "that create a role that can only read what is served, and set DATABASE_READ_URL to that role"
    )
    if config.require_reading_role:
        raise MayNotServe(message)
    echo_err(f"warning: {message}")


async def _refuse_unprotected(config: Settings, read_url: str) -> None:
    pool = Pool(read_url, config)
    await pool.open()
    try:
        await refuse_unprotected(pool, KINDS)
    finally:
        await pool.close()


class AnnouncingServer(uvicorn.Server):
    """Prints where to go once the server answers, and then begins to load what is loaded later."""

    def __init__(self, config: uvicorn.Config, background: BackgroundLoad) -> None:
        super().__init__(config)
        self.background = background

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
        if self.background.collections:
            echo_err(
                f"loading beside it: {', '.join(collection.name for collection in self.background.collections)}; / shows how far it is"
            )
            self.background.start()
