"""The servers under test: how each is started, and how it is sent each question."""

from __future__ import annotations

import copy
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..bare import Response, response_to
from ..database import BUILD, ROOT, BenchDatabase
from ..questions import Parameters

HERE = Path(__file__).parent
Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One HTTP request: a GET or, with a body, a POST of JSON."""

    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        lines = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1", "host: 127.0.0.1", "accept: application/json"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Peer:
    """A server under test; one subclass for each."""

    name = ""
    about = ""
    questions: tuple[str, ...] = ()
    shares_server_of = ""  # The name of the peer whose process it uses, if it has none of its own.
    compared = True  # Whether its answers must equal the others': false if it asks for more, or for something else of comparable cost.
    folder = ROOT  # The working directory of its process.

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        """The command that serves on a port, and its environment variables."""
        raise NotImplementedError

    def prepare(self, database: BenchDatabase) -> None:
        """Work that is done once, before the server is started."""

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        raise NotImplementedError

    def answer(self, question: str, body: Any) -> Any:
        """The part of a response that is compared with other peers."""
        return body["data"]


class Server:
    """A running peer. Other peers may share its process."""

    def __init__(self, peer: Peer, database: BenchDatabase, port: int) -> None:
        self.peer, self.port = peer, port
        self.process, self.ready_after = self._start(database)

    def shared_with(self, peer: Peer) -> Server:
        """The same process, with the questions of another peer."""
        server = copy.copy(self)
        server.peer = peer
        return server

    def _start(self, database: BenchDatabase) -> tuple[subprocess.Popen[bytes], float]:
        peer, port = self.peer, self.port
        peer.prepare(database)
        command, environment = peer.command(database, port)
        log = (BUILD / f"{peer.name}.log").open("wb")
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=peer.folder, env=own | environment, stdout=log, stderr=log)
        log.close()
        while not self._answers():
            if process.poll() is not None or time.perf_counter() - started > 60:
                raise RuntimeError(f"{peer.name} does not serve; see {BUILD / f'{peer.name}.log'}")
            time.sleep(0.02)
        return process, time.perf_counter() - started

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def ask(self, request: Request) -> Any:
        return self.response(request)[0]

    def response(self, request: Request) -> tuple[Any, Mapping[str, str]]:
        """The parsed body of a response, and its headers. Raises RuntimeError for errors of HTTP and of GraphQL."""
        try:
            with urllib.request.urlopen(self._http(request), timeout=60) as response:
                body, response_headers = json.load(response), response.headers
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{self.peer.name}: {error.read()[:2000]!r}") from error
        if isinstance(body, dict) and body.get("errors"):
            raise RuntimeError(f"{self.peer.name}: {json.dumps(body['errors'])[:2000]}")
        return body, response_headers

    def raw_response(self, request: Request) -> Response:
        """A response as it is sent."""
        return response_to(self._http(request))

    def _http(self, request: Request) -> urllib.request.Request:
        headers = dict(request.headers) | ({"content-type": "application/json"} if request.body else {}) | {"accept": "application/json"}
        return urllib.request.Request(f"http://127.0.0.1:{self.port}{request.path}", request.body or None, headers)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class GraphQL(Peer):
    """A peer with a GraphQL API; its documents are in one file."""

    documents = Path()

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        document, variables = question, dict(parameters)
        if question == "Q8":
            document = "Q2"
            variables["after"] = self.cursor(variables.pop("id"), variables.pop("started_on"), server)
        return self.post(document, variables)

    def post(self, document: str, variables: Mapping[str, str]) -> Request:
        body = {"query": operation(self.documents, document), "variables": variables}
        return Request("/graphql", json.dumps(body, separators=(",", ":")).encode())

    def cursor(self, id: str, started_on: str, server: Server) -> str:
        """The cursor of an event in the order of Q2, requested from the peer itself."""
        return str(server.ask(self.post("Cursor", {"id": id}))["data"]["events"]["pageInfo"]["endCursor"])

    def answer(self, question: str, body: Any) -> Any:
        data = body["data"].get("snapshot", body["data"])
        if "events" not in data:
            return data
        return {"events": data["events"]["nodes"], "more": data["events"]["pageInfo"]["hasNextPage"]}


def operation(file: Path, name: str) -> str:
    """One operation of a file of documents, without layout."""
    for text in re.split(r"^(?=query )", file.read_text(), flags=re.M):
        if text.startswith(f"query {name}("):
            return re.sub(r"\s+", " ", text).strip()
    raise LookupError(f"{file} has no query {name}")


def address(path: str, parameters: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(parameters)}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


PYTHON = str(BUILD / "venv" / "bin" / "python")  # Of the environment of the peers.
