"""`conflict-facts serve --workers`: several processes that answer as one would, and of which nothing is left."""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, create_server

import pytest

from api.commands.listening import bound_sockets
from api.commands.workers import WorkerConfig, refuse_taken_ports
from api.errors import CannotListen
from api.loading.background import BackgroundLoad, ReportedLoad
from api.settings import Settings

from ..conftest import ROOT, free_port, source
from ..support.command import COMMAND, lifeline
from .test_commands import DOCUMENT, LIMIT, Home, assert_output
from .test_killed_run import is_alive

TABLE = "Country,Day,Killed\n#country+code,#date,#affected+killed\nSYR,2024-11-27,5\n"
LATER = source("later", license="CC-BY-4.0") + "files:\n  - file: deaths.csv\n    format: hxl\n"


class Serving:
    """A server of two workers on a new embedded database; one of its collections is loaded while it serves."""

    def __init__(self, folder: Path) -> None:
        self.home, self.port, self.metrics = Home(folder), free_port(), two_free_ports()
        self.fixtures = folder / "fixtures"
        for name, text in {"first/paper.yaml": DOCUMENT, "later/later.yaml": LATER, "later/deaths.csv": TABLE}.items():
            (self.fixtures / name).parent.mkdir(parents=True, exist_ok=True)
            (self.fixtures / name).write_text(text, "utf-8")
        self.home.environment |= {"FIXTURES": str(self.fixtures), "METRICS_PORT": str(self.metrics)}
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.parent = subprocess.Popen(
                [*COMMAND, "serve", "--workers", "2", "--port", str(self.port)],
                cwd=ROOT, env=self.home.environment, stdin=lifeline(), stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def workers(self) -> list[int]:
        """The pids of the workers that run."""
        lines = self.log.read_text()
        started = re.findall(r"^workers: (\d+), (\d+)$", lines, re.MULTILINE)
        pids = [int(pid) for pair in started for pid in pair] + [int(pid) for pid in re.findall(r"; worker (\d+) takes its place", lines)]
        return [pid for pid in pids if is_alive(pid)]

    def wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def revision(self) -> int:
        """The revision of a list, from whichever worker accepts a connection; 0 if none does."""
        try:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
            connection.request("GET", "/v1/events")
            response = connection.getresponse()
            response.read()
            connection.close()
            return int(response.headers["conflict-facts-revision"] or 0)
        except OSError:
            return 0

    @contextmanager
    def alone(self, pid: int) -> Iterator[None]:
        """All workers but one do nothing, so that it has to answer."""
        others = [worker for worker in self.workers if worker != pid]
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)

    def measured(self, name: str) -> list[float]:
        """A metric of each worker."""
        return [self._measured(port, name) for port in (self.metrics, self.metrics + 1)]

    def _measured(self, port: int, name: str) -> float:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LIMIT) as response:
                found = re.search(rf"^{re.escape(name)} (\S+)$", response.read().decode(), re.MULTILINE)
        except OSError:
            return -1
        return float(found[1]) if found else -1

    def end(self) -> None:
        if self.parent.poll() is None:
            self.parent.terminate()
        assert self.parent.wait(LIMIT) in (0, -signal.SIGKILL), self.log.read_text()


def two_free_ports() -> int:
    """The first of two ports, one after the other, on which nothing listens now."""
    while True:
        port = free_port()
        try:
            for number in (port, port + 1):
                create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return port


@pytest.fixture
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    running = Serving(tmp_path_factory.mktemp("w"))
    yield running
    running.end()


def test_what_a_worker_is_told_can_be_sent_to_it(tmp_path: Path) -> None:
    config = WorkerConfig(Settings(pool_size=9), "postgresql://reader@localhost/facts", 4, tmp_path / "progress.json")
    sent = pickle.loads(pickle.dumps(config))
    assert sent.settings == replace(Settings(), pool_size=2) and sent.read_url == config.read_url


def test_workers_say_how_far_the_collections_are(tmp_path: Path) -> None:
    load, told = (
        BackgroundLoad("", [tmp_path / "one", tmp_path / "two"], False, lambda line: None),
        ReportedLoad(tmp_path / "progress.json"),
    )
    assert told.unfinished == []
    load.tell(tmp_path / "progress.json")
    assert [collection.name for collection in told.unfinished] == ["one", "two"]
    load._show(load.collections[0], "loaded", "revision 1")
    load._show(load.collections[1], "loading", "reading")
    assert told.unfinished == load.unfinished and told.unfinished[0].words == "reading"


def test_an_address_that_the_machine_lacks_is_left_out_if_there_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `localhost` where there is no IPv6."""
    here, elsewhere = ((AF_INET, SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "192.0.2.1"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **options: [elsewhere, here])
    with bound_sockets(Settings()) as sockets:
        assert [bound.getsockname()[0] for bound in sockets] == ["127.0.0.1"]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **options: [elsewhere])
    with pytest.raises(CannotListen, match="HOST must be an address of this machine"), bound_sockets(Settings()):
        pass


def test_a_port_for_metrics_that_is_taken_is_one_clear_message() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1:{port} for the metrics: .*; set METRICS_HOST and METRICS_PORT"):
            refuse_taken_ports(Settings(metrics_port=port), 2)
    with pytest.raises(CannotListen, match=r"127\.0\.0\.1:6553[56] for the metrics"):
        refuse_taken_ports(Settings(metrics_port=65535), 2)


@pytest.mark.nightly
def test_workers_end_when_they_are_told_to(serving: Serving) -> None:
    serving.wait(lambda: serving.revision() == 2)
    workers, postmaster = serving.workers, serving.home.postmaster()
    serving.end()
    assert serving.parent.returncode == 0 and not any(map(is_alive, (*workers, postmaster)))
    assert "Traceback" not in serving.log.read_text()


@pytest.mark.nightly
def test_workers_answer_as_one_and_nothing_is_left_of_them(serving: Serving) -> None:
    serving.wait(lambda: serving.revision() == 2)
    serving.wait(lambda: serving.measured("conflict_facts_revision") == [2, 2])
    first, second = serving.workers
    for pid in (first, second):
        with serving.alone(pid):
            assert [serving.revision() for _ in range(3)] == [2, 2, 2]
    hits, misses = ([*serving.measured(f'conflict_facts_cache_requests_total{{result="{result}"}}')] for result in ("hit", "miss"))
    assert min(hits) >= 2 and min(misses) >= 1
    # Each hears of a new revision. The collection that was loaded beside them was loaded once.
    (serving.fixtures / "first" / "paper.yaml").write_text(DOCUMENT.replace("Battle", "Siege"), "utf-8")
    assert_output(serving.home.run("load", str(serving.fixtures), "-m", "Correct the name"), 0, "recorded as revision 3")
    serving.wait(lambda: serving.measured("conflict_facts_revision") == [3, 3])
    for pid in (first, second):
        with serving.alone(pid):
            assert serving.revision() == 3
    assert "loading beside it: later" in serving.log.read_text() and serving.log.read_text().count("collection later loaded") == 1

    os.kill(first, signal.SIGKILL)
    serving.wait(lambda: len(serving.workers) == 2 and first not in serving.workers)
    (third,) = set(serving.workers) - {second}
    with serving.alone(third):
        assert serving.revision() == 3
    serving.wait(lambda: serving.measured("conflict_facts_revision") == [3, 3])  # On the port of the one that was killed.

    postmaster = serving.home.postmaster()
    serving.parent.kill()
    serving.parent.wait(LIMIT)
    serving.wait(lambda: not any(map(is_alive, (second, third, postmaster))))
    assert "Traceback" not in serving.log.read_text()
