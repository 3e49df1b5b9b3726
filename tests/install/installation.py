"""An installation under test: runs its commands, starts its server and fetches pages, with the standard library alone."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

START_LIMIT = 120  # Seconds until the first start must be ready, on a busy machine.
HTML = {"Accept": "text/html"}
PAGES = ("/", "/graphql", "/docs", "/dictionary", "/problems")


class Failed(Exception):
    """A check failed; the message names the check and shows what the installation printed."""


class Installation:
    """The environment at `bin`, run from an empty working directory with its own embedded database, and with these settings."""

    def __init__(self, bin: Path, folder: Path, **settings: str) -> None:
        self.bin = bin.absolute()
        self.working_directory = folder / "empty"
        self.working_directory.mkdir()
        # Nothing of the calling environment may help: no PYTHONPATH, no DATABASE_URL, no activated environment.
        self.environment = {"PATH": os.environ["PATH"], "CONFLICT_FACTS_HOME": str(folder / "home"), "PYTHONSAFEPATH": "1", **settings}

    def run(self, program: str, *arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment. Raises Failed if it ends with another status or a traceback."""
        command = [str(self.bin / program), *map(str, arguments)]
        result = subprocess.run(
            command, cwd=self.working_directory, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        if result.returncode != status or "Traceback" in result.stderr:
            raise Failed(f"{' '.join(command)} ended with {result.returncode}, expected {status}:\n{result.stdout}{result.stderr}")
        return result

    @contextmanager
    def server(self) -> Iterator[Server]:
        """`conflict-facts serve`, ready to answer. It is stopped as a person stops it, and must then end by itself."""
        port = _free_port()
        with tempfile.TemporaryFile("w+") as log:
            command = [str(self.bin / "conflict-facts"), "serve", "--port", str(port)]
            process = subprocess.Popen(command, cwd=self.working_directory, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
            try:
                server = Server(port)
                server.wait(process)
                yield server
            except (OSError, AssertionError, Failed) as error:
                log.seek(0)
                raise Failed(f"{error}\n{log.read()}") from error
            finally:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()


class Server:
    """A running server, asked over HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            text = json.dumps(body) if body else None
            connection.request("POST" if body else "GET", path, text, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until /ready answers 200."""
        for _ in range(START_LIMIT * 10):
            if process.poll() is not None:
                raise Failed(f"the server ended with {process.returncode}")
            try:
                if self.ask("/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failed(f"the server was not ready after {START_LIMIT} s")

    def check_pages(self) -> None:
        """Every page is HTML, and so is every file that it links to on this server."""
        for page in PAGES:
            status, text = self.ask(page, headers=HTML)
            if status != 200 or "<html" not in text:
                raise Failed(f"GET {page} answered {status}: {text[:500]}")

    def check_facts(self) -> None:
        """GraphQL and REST answer from the bundled collections."""
        query = '{ event(id: "aleppo-displacement-2024") { name figures(where: {measure: {eq: DISPLACED}}) { nodes { low } } } }'
        status, text = self.ask("/graphql", {"query": query})
        if status != 200 or json.loads(text)["data"]["event"]["figures"]["nodes"] != [{"low": 14000}]:
            raise Failed(f"POST /graphql answered {status}: {text}")
        status, text = self.ask("/v1/figures/aleppo-displacement-2024-displaced")
        if status != 200 or '"low": 14000' not in text.replace('"low":14000', '"low": 14000'):
            raise Failed(f"GET /v1/figures/aleppo-displacement-2024-displaced answered {status}: {text[:500]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
