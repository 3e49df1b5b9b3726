"""Several processes that answer on one address: each builds the application for itself, and a parent replaces those that end."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from socket import create_server, socket
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.concurrency import run_in_threadpool
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from ..app import create_app
from ..errors import CannotListen
from ..http.log_pace import LogPace
from ..loading.background import ReportedLoad
from ..settings import MAX_PORT, Settings
from ..store.side_thread import SWITCH_SECONDS
from . import echo_err
from .listening import connection_limits

if TYPE_CHECKING:
    from ..http.metrics import Metrics

MAX_WORKERS = 24  # Of which each has two connections to the database at least, and one to hear of revisions.
MIN_POOL = 2
STOP_SECONDS = 30  # In which a worker ends after its parent.
# The loggers that write what any client can have them write, and up to which level.
CLIENTS_LOGGERS = {
    "uvicorn.error": logging.WARNING, "api.http.connections": logging.WARNING, "api.http.access_log": logging.WARNING, "api.store.sessions": logging.WARNING,
    "api.store.database_hosts": logging.WARNING, "api.rest.problems": logging.ERROR,
    "api.pictures.pictures": logging.ERROR,
}  # fmt: skip
OPTIONS: dict[str, Any] = {
    "log_level": "warning", "access_log": False, "lifespan": "on", "timeout_graceful_shutdown": 5,
    "proxy_headers": False,  # The application reads those of TRUSTED_PROXIES.
}  # fmt: skip


class WorkerConfig(uvicorn.Config):
    """What a worker is told by its parent. The application cannot be sent to another process, so each worker makes its own.

    `progress` is the file in which the parent keeps how far the collections are that it loads.
    """

    def __init__(self, settings: Settings, read_url: str, workers: int, progress: Path) -> None:
        super().__init__("", settings.host, settings.port, workers=workers, **OPTIONS)
        self.settings = replace(settings, pool_size=max(MIN_POOL, settings.pool_size // workers))
        self.read_url, self.progress = read_url, progress

    def load(self) -> None:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        app = create_app(self.settings, self.read_url, loading=ReportedLoad(self.progress), waits=True)
        if self.settings.metrics_port:
            try:
                serve_metrics(self.settings, app.state.metrics, self.workers)
            except CannotListen as error:  # The ports were free when the parent started: answering goes on without metrics.
                echo_err(str(error))
        self.app = app
        self.http = connection_limits(self.settings).protocol  # type: ignore[assignment]  # any callable that makes a protocol will do
        super().load()
        prepare_process()


class Workers(Multiprocess):
    """The parent of the workers. Calls `on_ready` once, when the first of them answers."""

    def __init__(self, config: WorkerConfig, sockets: list[socket], on_ready: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self.started, self.on_ready = False, on_ready
        self.asked: set[Process] = set()  # Workers that were asked whether they answer, and have not replied.

    def init_processes(self) -> None:
        super().init_processes()
        echo_err(f"workers: {', '.join(str(process.pid) for process in self.processes)}")

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended. One that is slow is let be: on a busy machine it takes a minute to import its modules."""
        for number, process in enumerate(self.processes):
            if process.process.is_alive() or self.should_exit.is_set():
                continue
            process.join()
            if self.failed:
                self.should_exit.set()
                return
            self.processes[number] = Process(self.config, self.sockets)
            self.processes[number].start()
            echo_err(f"worker {process.pid} has ended; worker {self.processes[number].pid} takes its place")
        if not self.started and any(map(self._answers, self.processes)):
            self.started = True
            self.on_ready()

    def _answers(self, process: Process) -> bool:
        if process not in self.asked:
            process.parent_conn.send(b"ping")
            self.asked.add(process)
        if not process.parent_conn.poll():
            return False
        self.asked.remove(process)
        return bool(process.parent_conn.recv())

    @property
    def failed(self) -> bool:
        """Whether this ends because a worker could not start."""
        return any(process.exitcode == STARTUP_FAILURE for process in self.processes)

    def handle_hup(self) -> None:
        """The terminal was closed, which ends a server of one process too."""
        self.handle_term()


def prepare_process() -> None:
    """Prepare a process for answering requests, once its application exists."""
    for name, highest in CLIENTS_LOGGERS.items():
        logging.getLogger(name).addFilter(LogPace(highest=highest))
    # The first request for a document allocates ten thousand objects; with the default threshold the collector would run a dozen times.
    gc.set_threshold(10_000)
    sys.setswitchinterval(SWITCH_SECONDS)
    # anyio imports most of itself when it is first used, which would hold everybody for 0.1 s at the first response that is streamed.
    threading.Thread(target=lambda: asyncio.run(run_in_threadpool(int)), daemon=True).start()
    gc.freeze()  # What exists now lives as long as the process; scanning all of it, as a full collection does, blocks every request for 0.1 s.


def serve_metrics(config: Settings, metrics: Metrics, workers: int = 1) -> None:
    """Serve the metrics until the process ends: of several workers, each on the first port that no other has. Raises CannotListen."""
    *others, last = range(config.metrics_port, config.metrics_port + workers)
    for port in (*others, last):
        try:
            metrics.serve(config.metrics_host, port)
        except OSError as error:
            if port == last:
                raise _no_metrics(config, port, str(error.strerror)) from error
        else:
            echo_err(f"metrics: http://{config.metrics_host}:{port}/metrics")
            return


def refuse_taken_ports(config: Settings, workers: int) -> None:
    """Raises CannotListen unless each worker can serve its metrics."""
    for port in range(config.metrics_port, config.metrics_port + workers) if config.metrics_port else ():
        if port > MAX_PORT:
            raise _no_metrics(config, port, "there is no such port")
        try:
            create_server((config.metrics_host, port)).close()
        except OSError as error:
            raise _no_metrics(config, port, str(error.strerror)) from error


def _no_metrics(config: Settings, port: int, reason: str) -> CannotListen:
    return CannotListen(f"could not listen on {config.metrics_host}:{port} for the metrics: {reason}; set METRICS_HOST and METRICS_PORT")


def _end_with_parent() -> None:
    """End this process when its parent has ended, however that ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)
