"""Forwards the messages of the Model Context Protocol between HTTP and a process that speaks it on its standard input and output.

The conformance suite speaks HTTP alone. Each session has a process of its own, as it would have from a client that starts one. Of a message, only its
`id` is read, to find the answer to a request; what the process writes is passed on byte for byte.
"""

from __future__ import annotations

import json
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

SESSION = "mcp-session-id"
LIMIT = 180  # Seconds; a busy machine needs some of them to start a process.


class Session:
    """A process, and the requests that wait for its answers. `stray`: the lines that answer none of them."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.waiting: dict[str, Queue[bytes]] = {}
        self.stray: list[bytes] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def send(self, message: bytes) -> bytes | None:
        """The answer to a request; None for a notification, which has none."""
        members = json.loads(message)
        asks = "method" in members and "id" in members
        answer: Queue[bytes] = Queue()
        if asks:
            self.waiting[json.dumps(members["id"])] = answer
        assert self.process.stdin is not None
        self.process.stdin.write(b" ".join(message.splitlines()) + b"\n")  # A line break of JSON is a space.
        self.process.stdin.flush()
        return answer.get(timeout=LIMIT) if asks else None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                self.waiting.pop(json.dumps(json.loads(line)["id"])).put(line)
            except (ValueError, KeyError, TypeError):
                self.stray.append(line)

    def end(self) -> int:
        """Close the input of the process, and return the code that it ends with."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            return self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self.reader.join(LIMIT)
            self.process.stdout.close()


class Bridge(ThreadingHTTPServer):
    """Answers on an address of this machine. `sessions`: all that were begun, by their id."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.command, self.environment, self.folder = command, environment, folder
        self.sessions: dict[str, Session] = {}

    def session(self, id: str | None) -> tuple[str, Session]:
        """A session by its id, or a new one."""
        if id is None:
            self.sessions[id := uuid.uuid4().hex] = Session(self.command, self.environment, self.folder)
        return id, self.sessions[id]


class _Handler(BaseHTTPRequestHandler):
    server: Bridge
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        id, session = self.server.session(self.headers[SESSION])
        answer = session.send(body)
        self._respond(202 if answer is None else 200, answer or b"", {SESSION: id, "content-type": "application/json"})

    def do_GET(self) -> None:
        self._respond(405)  # The process sends nothing of its own accord, so there is no stream.

    def do_DELETE(self) -> None:
        self._respond(405)  # `bridged` ends the sessions.

    def _respond(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing is logged."""


@contextmanager
def bridged(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[tuple[str, dict[str, Session]]]:
    """The address of a bridge to processes of a command, and their sessions; all have ended afterwards."""
    with Bridge(command, environment, folder) as bridge:
        thread = threading.Thread(target=bridge.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{bridge.server_address[1]}/mcp", bridge.sessions
        finally:
            bridge.shutdown()
            thread.join()
            for session in bridge.sessions.values():
                session.end()
