"""Who is asked: how each peer is started, and how it is asked each question."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..database import BUILD, ROOT, Ground
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
    """A server under test. Subclasses say what is special."""

    name = ""
    about = ""
    questions: tuple[str, ...] = ()
    guest = ""  # The peer whose server it asks, where it has none of its own.
    compared = True  # Whether its answers must equal the others'; some ask for more, or for something else to compare the time of.

    def command(self, ground: Ground, port: int) -> tuple[list[str], dict[str, str]]:
        """The command that serves on a port, and what it has in its environment."""
        raise NotImplementedError

    def prepare(self, ground: Ground) -> None:
        """What is done once before the server is started."""

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        raise NotImplementedError

    def answer(self, question: str, body: Any) -> Any:
        """The part of the answer that answers."""
        return body["data"]


class Server:
    """A peer that runs. Its guests share the process."""

    def __init__(self, peer: Peer, ground: Ground, port: int) -> None:
        self.peer, self.port = peer, port
        self.process, self.ready_after = self._started(ground)

    def lent(self, guest: Peer) -> Server:
        other = copy.copy(self)
        other.peer = guest
        return other

    def _started(self, ground: Ground) -> tuple[subprocess.Popen[bytes], float]:
        peer, port = self.peer, self.port
        peer.prepare(ground)
        command, environment = peer.command(ground, port)
        log = (BUILD / f"{peer.name}.log").open("wb")
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=own | environment, stdout=log, stderr=log)
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
        return self.asked(request)[0]

    def asked(self, request: Request) -> tuple[Any, Mapping[str, str]]:
        """The answer and its headers."""
        headers = dict(request.headers) | ({"content-type": "application/json"} if request.body else {}) | {"accept": "application/json"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{request.path}", request.body or None, headers)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                body, told = json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{self.peer.name}: {error.read()[:2000]!r}") from error
        if isinstance(body, dict) and body.get("errors"):
            raise RuntimeError(f"{self.peer.name}: {json.dumps(body['errors'])[:2000]}")
        return body, told

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class GraphQL(Peer):
    """A peer that is asked in GraphQL, with the documents of one file."""

    documents = Path()
    cursors = False  # Whether a cursor must be asked for.

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
        """The cursor of an event in the order of Q2, as the peer itself gives it."""
        return str(server.ask(self.post("Cursor", {"id": id}))["data"]["events"]["pageInfo"]["endCursor"])

    def answer(self, question: str, body: Any) -> Any:
        data = body["data"].get("snapshot", body["data"])
        if "events" not in data:
            return data
        return {"events": data["events"]["nodes"], "more": data["events"]["pageInfo"]["hasNextPage"]}


def operation(file: Path, name: str) -> str:
    """One operation of a file of documents, without the spaces that are there for readers."""
    for text in re.split(r"^(?=query )", file.read_text(), flags=re.M):
        if text.startswith(f"query {name}("):
            return re.sub(r"\s+", " ", text).strip()
    raise LookupError(f"{file} has no query {name}")


def address(path: str, parameters: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(parameters)}"


PYTHON = str(BUILD / "venv" / "bin" / "python")
