"""The embedded PostgreSQL keeps its promises, shown with real servers, real users and real kills."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncpg
import pytest

from api.postgres import embedded
from api.postgres.cluster import MAX_LOG_BYTES, EmbeddedError

ROOT = Path(__file__).parents[2]
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]

# A user of its own process: joins, says where, and leaves when its input ends. Ctrl-C does not end it.
USER = """
import signal, sys
from pathlib import Path
from api.postgres import embedded
from api.postgres.cluster import EmbeddedError
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
try:
    with embedded.start(Path(sys.argv[1]), stop_with_parent="stop_with_parent" in sys.argv) as server:
        print(server.address.url, flush=True)
        for line in sys.stdin:
            pass
except EmbeddedError as error:
    sys.exit(str(error))
"""


def user(home: Path, *before: str, script: str = USER, options: Sequence[str] = ()) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-c", script, str(home), *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, start_new_session=True)


def url(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline().strip()
    return line or pytest.fail(process.communicate()[1])


def end(process: subprocess.Popen[str]) -> str:
    """What it complained of, and nothing when all went well."""
    errors = process.communicate(timeout=180)[1]
    assert process.returncode == 0 or errors
    return errors


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def ask(address: str, *statements: str) -> list[object]:
    async def answers() -> list[object]:
        connection = await asyncpg.connect(address)
        try:
            return [await connection.fetchval(statement) for statement in statements]
        finally:
            await connection.close()

    return asyncio.run(answers())


def data(home: Path) -> Path:
    return next(home.glob("postgres-*/"))


def log(home: Path) -> str:
    return next(home.glob("postgres-*.log")).read_text()


def postmaster(home: Path) -> int | None:
    found = list(home.glob("postgres-*/postmaster.pid"))
    return int(found[0].read_text().split()[0]) if found else None


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    with embedded.start(home) as server:
        ask(server.address.url, "create table kept (x int)", "insert into kept values (1)")
    next(home.glob("*.log")).unlink()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A stopped cluster with one row in it."""
    copy = tmp_path / "home"
    shutil.copytree(made, copy)
    yield copy
    assert postmaster(copy) is None, "a server was left running"


def test_a_folder_without_a_database_gets_one(tmp_path: Path) -> None:
    said: list[str] = []
    begun = tmp_path / "new" / "my home" / "new-postgres-18"  # As a first start leaves it that is killed.
    begun.mkdir(parents=True)
    (begun / "PG_VERSION").write_text("18")
    with embedded.start(begun.parent, said.append) as server:
        address = server.address
        assert ask(address.url, "select current_database()") == ["conflict_facts"]
        ask(address.url, "create extension pg_trgm")
        assert ask(address.url, "select cardinality(show_trgm('محمد'))", "select lower('ÀÉ')") == [5, "àé"]
        assert ask(address.url, "show fsync", "show jit", "show timezone") == ["on", "off", "UTC"]
        assert ask(address.url, "show listen_addresses") == [""]
    assert "Making a database" in said[0] and not begun.exists()


def test_the_reader_cannot_write_and_reads_only_what_is_granted(home: Path) -> None:
    with embedded.start(home) as server:
        reader = server.address.read_url
        assert ask(reader, "select current_user") == ["reader"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            ask(reader, "select x from kept")
        ask(server.address.url, "grant select on kept to reader")
        assert ask(reader, "select x from kept") == [1]
        for write in "insert into kept values (2)", "create table mine ()", "create temporary table mine ()":
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                ask(reader, write)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                ask(reader, "set default_transaction_read_only = off", write)


def test_a_second_start_is_quick_and_needs_no_recovery(home: Path) -> None:
    for _ in range(2):
        begin = time.monotonic()
        server = embedded.start(home)
        assert time.monotonic() - begin < 60  # It takes a tenth of a second on an idle machine.
        assert ask(server.address.url, "select x from kept") == [1]
        server.stop()
        server.stop()
        assert postmaster(home) is None
    assert log(home).count("database system was shut down at") == 2
    assert "recovery" not in log(home)


def test_two_users_share_one_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    pair = [user(home), user(home)]
    first, second = (url(process) for process in pair)
    assert first == second
    assert ask(first, "select 1") == [1]
    assert [end(process) for process in pair] == ["", ""]
    assert log(home).count("starting PostgreSQL") == 1
    assert postmaster(home) is None


@pytest.mark.nightly
def test_many_users_coming_and_going_are_served(home: Path) -> None:
    script = """
import asyncio, asyncpg, sys
from pathlib import Path
from api.postgres import embedded
from api.postgres.cluster import MAX_LOG_BYTES, EmbeddedError
async def look(url):
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select x from kept") == 1
    await connection.close()
for _ in range(4):
    with embedded.start(Path(sys.argv[1])) as server:
        asyncio.run(look(server.address.url))
"""
    assert [end(process) for process in [user(home, script=script) for _ in range(4)]] == [""] * 4
    assert postmaster(home) is None
    assert "recovery" not in log(home)


def test_the_first_to_leave_does_not_stop_the_server(home: Path) -> None:
    with embedded.start(home) as server:
        other = user(home)
        url(other)
        assert end(other) == ""
        with embedded.start(home):
            pass
        assert ask(server.address.url, "select x from kept") == [1]
    assert postmaster(home) is None


@pytest.mark.sampled(1)
@pytest.mark.parametrize("victims", ["server", "user", "both"])
def test_a_kill_loses_nothing(home: Path, victims: str) -> None:
    first = user(home)
    ask(url(first), "insert into kept values (2)")
    pid = postmaster(home)
    assert pid
    if victims != "server":
        kill(first)
    if victims != "user":
        os.kill(pid, signal.SIGKILL)
    with embedded.start(home) as server:
        assert ask(server.address.url, "select sum(x) from kept") == [3]
        assert (postmaster(home) == pid) == (victims == "user")  # what was orphaned is joined
        if victims == "server":
            end(first)
    assert postmaster(home) is None


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for an event; the limit is generous, since machines may be busy."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended may stay a zombie until it is reaped."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return sys.platform != "linux"


def test_the_server_of_a_killed_test_run_ends(home: Path) -> None:
    """As of a test run that is killed, which cannot stop the server itself."""
    parent = user(home, options=["stop_with_parent"])
    ask(url(parent), "insert into kept values (2)")
    pid = postmaster(home)
    assert pid and runs(pid)
    begin = time.monotonic()
    kill(parent)
    wait_until(lambda: not runs(pid))
    assert time.monotonic() - begin < 60
    wait_until(lambda: postmaster(home) is None)
    with embedded.start(home, stop_with_parent=True) as server:
        assert ask(server.address.url, "select sum(x) from kept") == [3]
    assert "recovery" not in log(home)


BENCHMARK = """
import sys, time
from pathlib import Path
from bench.server import running_server
with running_server(Path(sys.argv[1]), say=lambda line: None) as server:
    try:
        print(server.address.url, flush=True)
        time.sleep(600)
    finally:
        print("ended what it had started", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.nightly)])
def test_the_server_of_a_benchmark_that_is_ended_ends(home: Path, number: signal.Signals) -> None:
    benchmark = user(home, script=BENCHMARK)
    ask(url(benchmark), "insert into kept values (2)")
    pid = postmaster(home)
    assert pid
    benchmark.send_signal(number)
    said, _ = benchmark.communicate(timeout=60)
    assert said == ("ended what it had started\n" if number == signal.SIGTERM else "")
    assert number == signal.SIGKILL or not runs(pid)
    wait_until(lambda: postmaster(home) is None)
    assert "recovery" not in log(home)


def test_every_benchmark_starts_its_server_in_one_place() -> None:
    starting = {file.name for file in (ROOT / "bench").rglob("*.py") if "embedded.start(" in file.read_text()}
    assert starting == {"server.py"}


@pytest.mark.nightly
def test_the_server_of_a_killed_test_run_stays_while_others_use_it(home: Path) -> None:
    parent = user(home, options=["stop_with_parent"])
    url(parent)
    with embedded.start(home) as server:
        pid = postmaster(home)
        kill(parent)
        time.sleep(0.5)  # No event can show that nothing happens.
        assert ask(server.address.url, "select x from kept") == [1]
        assert postmaster(home) == pid


@pytest.mark.nightly
def test_the_server_of_killed_users_ends_with_the_last_of_them(home: Path) -> None:
    users = [user(home, options=["stop_with_parent"]) for _ in range(2)]
    for process in users:
        url(process)
    pid = postmaster(home)
    assert pid
    for process in users:
        kill(process)
    wait_until(lambda: not runs(pid))
    wait_until(lambda: postmaster(home) is None)


def test_stale_pids_reused_by_other_processes_are_no_obstacle(home: Path) -> None:
    """As after a reboot. The two can differ: a server killed in its first moments has written only one."""
    first, stranger = user(home), subprocess.Popen(["sleep", "60"])
    url(first)
    pid = postmaster(home)
    assert pid
    kill(first)
    os.kill(pid, signal.SIGKILL)
    files = {data(home) / "postmaster.pid": os.getpid(), home / ".s.PGSQL.5432.lock": stranger.pid}
    for file, other in files.items():
        file.write_text(file.read_text().replace(str(pid), str(other), 1))
    with embedded.start(home) as server:
        assert ask(server.address.url, "select x from kept") == [1]
    stranger.kill()
    stranger.wait()


def test_a_zombie_is_no_obstacle(home: Path) -> None:
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    lines = [str(zombie.pid), str(data(home)), "1700000000", "5432", str(home), "", "  1 1", "ready   "]
    (data(home) / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with embedded.start(home) as server:
        assert ask(server.address.url, "select x from kept") == [1]
    zombie.wait()


def test_ctrl_c_reaches_the_user_and_not_the_server(home: Path) -> None:
    process = user(home)
    address = url(process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdin
    assert process.stdout
    print(file=process.stdin, flush=True)  # A signal that comes just before Python reads is handled once it has read something.
    assert process.stdout.readline() == "interrupted\n"
    assert ask(address, "select x from kept") == [1]
    assert "shutdown request" not in log(home)
    assert end(process) == ""
    assert "recovery" not in log(home)


@pytest.mark.nightly  # By default, a database is made where one that was begun has been left.
@pytest.mark.parametrize("written", ["new-*", "new-*/global/pg_control"])
def test_a_first_start_that_was_killed_is_started_over(tmp_path: Path, written: str) -> None:
    home = tmp_path / "home"
    process = user(home)
    wait_until(lambda: any(home.glob(written)) or any(home.glob("postgres-*/PG_VERSION")))
    kill(process)
    with embedded.start(home) as server:
        assert ask(server.address.read_url, "select 1") == [1]
    assert not list(home.glob("new-*"))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["a b", "100%+#?&=@:'", "محمد", 'a,"b"', "long" * 30])
def test_a_home_may_have_any_name(made: Path, tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    shutil.copytree(made, home)
    with embedded.start(home) as server, embedded.start(home) as again:
        assert again.address == server.address
        assert ask(server.address.url, "select x from kept") == [1]
        assert ask(server.address.read_url, "select 1") == [1]
        socket = Path(server.address.host, ".s.PGSQL.5432")
        assert socket.stat().st_mode & 0o077 == 0
    if not home.samefile(server.address.host):
        Path(server.address.host).rmdir()


def test_nothing_is_opened_to_others(home: Path) -> None:
    with embedded.start(home):
        mine = [home, data(home), *home.iterdir(), *data(home).iterdir()]
        assert {path.stat().st_uid for path in mine} == {os.geteuid()}
        assert not [path for path in mine if path.stat().st_mode & 0o077]


def test_a_large_log_is_renamed(home: Path) -> None:
    large = Path(f"{data(home)}.log")
    with large.open("wb") as file:
        file.truncate(MAX_LOG_BYTES + 1)
    with embedded.start(home):
        assert large.stat().st_size < 10_000
    assert Path(f"{large}.1").stat().st_size == MAX_LOG_BYTES + 1


def test_a_failed_start_shows_the_log(home: Path) -> None:
    with (data(home) / "postgresql.conf").open("a") as file:
        file.write("work_mem = many\n")
    with pytest.raises(EmbeddedError, match=r'invalid value for .* "work_mem"(.|\n)*DATABASE_URL'):
        embedded.start(home)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home in tmp_path / "file", tmp_path / "file" / "home":
        with pytest.raises(EmbeddedError, match=f"{home}.*DATABASE_URL"):
            embedded.start(home)


@pytest.mark.parametrize("folder", ["postgres-18", "postgres-9"])
def test_another_major_version_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match=f"{folder} was made by PostgreSQL 9, .*backup.* move .*restore"):
        embedded.start(tmp_path)


def inside(shell: str, home: Path) -> str:
    """What a user complains of where the shell first makes the world unkind, in a namespace of its own."""
    if not shutil.which("unshare") or subprocess.run([*NAMESPACE, "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    return end(user(home, *NAMESPACE, f'{shell} && exec "$@"', "sh"))


def test_a_full_disk_is_named(made: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    assert "make room" in inside(f"mount -t tmpfs -o size=9M none {small}", small)
    fill = f"cp -r {made}/* {small}/ && ! cat /dev/zero >{small}/fill"
    assert "make room" in inside(f"mount -t tmpfs -o size=80M none {small} && {fill}", small)


def test_a_read_only_home_is_named(home: Path) -> None:
    complaint = inside(f"mount --bind {home} {home} && mount -o remount,bind,ro {home}", home)
    assert f"No database can be kept in {home}" in complaint
    assert "Read-only file system" in complaint


@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_root_without_user_namespaces_is_refused_with_advice(home: Path) -> None:
    complaint = inside("echo 0 >/proc/sys/user/max_user_namespaces", home)
    assert "Run as an ordinary user, or set DATABASE_URL" in complaint


def test_root_in_a_namespace_of_its_own_and_an_ordinary_user_are_served(home: Path) -> None:
    assert inside("true", home) == ""
    ordinary = user(home, "unshare", "--user", "--map-user=1000")
    assert ask(url(ordinary), "select x from kept") == [1]
    assert end(ordinary) == ""
