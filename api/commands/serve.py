"""The command that serves. Imports nothing that only loading needs: most of a server's start-up time is spent importing modules."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from schema.kinds import KINDS

from ..app import create_app
from ..errors import CannotListen, LoadRefused, MayNotServe
from ..loading.background import BackgroundLoad
from ..postgres.roles import excess
from ..settings import MAX_PORT, Settings, settings
from ..store.opening import refuse_unprotected
from ..store.pool import Pool
from . import echo_err
from .database import database, database_errors, database_place, read_setting
from .listening import bound_sockets, connection_limits, listening_problem
from .workers import MAX_WORKERS, OPTIONS, WorkerConfig, Workers, prepare_process, refuse_taken_ports, serve_metrics

if TYPE_CHECKING:
    from ..loading.receipts import Receipt

START_PATHS = {"/": "what this is", "/graphql": "explore with GraphQL", "/docs": "try REST", "/v1/events": "the events as JSON"}


@click.command()
@click.option("--host", help="The address to listen on; by default HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, MAX_PORT), help="The port to listen on; by default PORT, else 8000.")
@click.option("--load/--no-load", "loads", default=True, help="Whether to load the collections; unchanged ones are skipped.")
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    default=1,
    help="The number of processes that answer; by default 1, at most one per core.",
)
def serve(host: str | None, port: int | None, loads: bool, workers: int) -> None:
    """Start the server.

    Starts the embedded database unless DATABASE_URL is set, migrates the tables, and serves until it is stopped. Collections of documents and
    tables are loaded first; those with files of publishers, which take longer, while it serves.
    """
    config = settings(host=host, port=port)
    # The address is bound before anything is created or loaded.
    with bound_sockets(config) as sockets, database(config) as urls:
        if config.database_url:
            echo_err(f"database: {database_place(config.database_url)} (DATABASE_URL)")
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
        try:
            if workers == 1:
                _serve_alone(config, urls.read_url, sockets, background)
            else:
                _serve_by_workers(config, urls.read_url, sockets, background, workers)
        except KeyboardInterrupt:
            echo_err("stopping")
        finally:
            background.stop()  # Before the database.


def _serve_alone(config: Settings, read_url: str, sockets: list[socket.socket], background: BackgroundLoad) -> None:
    app = create_app(config, read_url, loading=background)
    if config.metrics_port:
        serve_metrics(config, app.state.metrics)
    protocol: Any = connection_limits(config).protocol
    server = AnnouncingServer(uvicorn.Config(app, config.host, config.port, http=protocol, **OPTIONS), config, background)
    try:
        server.run(sockets)
    except OSError as error:
        if server.started:
            raise
        raise CannotListen(listening_problem(config, error)) from error


def _serve_by_workers(config: Settings, read_url: str, sockets: list[socket.socket], background: BackgroundLoad, workers: int) -> None:
    refuse_taken_ports(config, workers)
    with TemporaryDirectory(prefix="conflict-facts-") as folder:
        background.tell(progress := Path(folder, "progress.json"))
        parent = Workers(WorkerConfig(config, read_url, workers, progress), sockets, lambda: _announce(config, background))
        parent.run()
    if parent.failed:
        raise CannotListen("a worker could not start; the lines above say why")


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

    def __init__(self, config: uvicorn.Config, settings: Settings, background: BackgroundLoad) -> None:
        super().__init__(config)
        self.settings, self.background = settings, background

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        prepare_process()
        _announce(self.settings, self.background)


def _announce(config: Settings, background: BackgroundLoad) -> None:
    """Print where to go, now that the server answers, and begin to load what is loaded later."""
    base = f"http://{config.host}:{config.port}"
    echo_err("\nready. Open:")
    for path, about in START_PATHS.items():
        echo_err(f"  {base + path:<36} {about}")
    echo_err("Ctrl-C stops the server; the database goes on." if config.database_url else "Ctrl-C stops the server and the database.")
    if background.collections:
        echo_err(f"loading beside it: {', '.join(collection.name for collection in background.collections)}; / shows how far it is")
        background.start()
