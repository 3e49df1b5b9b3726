"""The command line: messages, exit codes, signals and crashes."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import click
import pytest
from click.testing import CliRunner

from api import __version__
from api.__main__ import COMMANDS, main
from api.commands.database import database, database_errors, database_place
from api.commands.serve import _announce
from api.errors import NoDatabase
from api.loading.background import BackgroundLoad
from api.postgres.connection import connected
from api.postgres.migrate import newest_migration
from api.settings import MEANINGS, Settings

from ..conftest import ROOT, Databases, free_port, source, wait_for
from ..support.command import COMMAND, lifeline
from ..support.properties import NIGHTLY

DOCUMENT = source("paper") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n"


LIMIT = 180  # Seconds for a process to start or to stop; a busy machine needs some of them.


class Home:
    """A folder of its own for the embedded database, and the commands that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        self.environment["CONFLICT_FACTS_HOME"] = str(folder / "home")
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process: most of a process of its own would be spent starting Python."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("DATABASE_URL", "DATABASE_READ_URL", "DATABASE_MIGRATE_URL"):
                patch.delenv(name, raising=False)
            for name, value in {**self.environment, **environment}.items():
                patch.setenv(name, value)
            handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
            try:
                done = CliRunner().invoke(main, words, catch_exceptions=False)
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def serve(self, *ports: int) -> list[subprocess.Popen[bytes]]:
        """Start one server process for each port, all at once; return when all of them answer."""
        command = [*COMMAND, "serve", "--port"]
        started = [
            subprocess.Popen(
                [*command, str(port)], cwd=ROOT, env=self.environment, stdin=lifeline(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for port in ports
        ]
        self.started += started
        for port, process in zip(ports, started, strict=True):
            wait_for(lambda port=port: revision(port) is not None, process, LIMIT)  # type: ignore[misc]
        return started

    def postmaster(self) -> int:
        return int((self.folder / "home" / "postgres-18" / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("h"))
    yield home
    for process in home.started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=LIMIT)


@pytest.fixture(scope="module")
def loaded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an embedded database with the fixtures of the project, stopped; to be copied."""
    home = Home(tmp_path_factory.mktemp("m"))
    assert_output(home.run("load"), 0, "recorded as revision 1")
    return home.folder / "home"


@pytest.fixture
def used_home(home: Home, loaded_home: Path) -> Home:
    """A home in which a server ran before."""
    shutil.copytree(loaded_home, home.folder / "home")
    return home


@pytest.fixture
def urls(databases: Databases) -> tuple[str, str]:
    """A migrated database that is not the embedded one: the URLs of its owner and of its reader."""
    name = asyncio.run(databases.fresh())
    return databases.url(name), databases.url(name, read=True)


def revision(port: int) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return int(json.load(answer)["revision"])
    except OSError:
        return None


def facts(port: int) -> object:
    """An event that is read from the database and not from the cache, or None if it cannot be read."""
    try:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/events?limit=1", headers={"cache-control": "no-cache"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def assert_output(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Check the exit code and that the output contains these words, and no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in done.stderr + done.stdout


def collection(tmp_path: Path, text: str) -> str:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(text)
    return str(folder)


def test_every_command_is_registered_by_its_name(home: Home) -> None:
    context = click.Context(main)
    assert [(command := main.get_command(context, name)) and command.name for name in COMMANDS] == [*COMMANDS] == sorted(COMMANDS)
    assert_output(home.run("serv"), 2, "Did you mean 'serve'?")


def test_the_version_is_that_of_the_installed_package(home: Home) -> None:
    """A wheel and a checkout agree: both read it from api/__init__.py."""
    assert home.run("--version").stdout.split()[-1] == __version__ == importlib.metadata.version("conflict-facts")


def test_help_lists_every_command_and_setting(home: Home) -> None:
    page = home.run("--help").stdout
    for command in COMMANDS:
        assert command in page
        assert CliRunner().invoke(main, [command, "--help"]).output.startswith("Usage: ")
    assert all(name.upper() in page for name in MEANINGS)


def test_check_needs_no_database_and_names_every_problem(home: Home, tmp_path: Path) -> None:
    assert_output(home.run("check"), 0, "no problems")
    bad = collection(tmp_path, DOCUMENT.replace("battle}", "batle, country: SYRIA}"))
    assert_output(
        home.run("check", bad),
        1,
        f"{bad}/paper.yaml:7:29: kind: 'batle' is not in the vocabulary",
        "country: 'SYRIA'",
        "2 problems in 1 file\n",
    )
    assert_output(home.run("check", str(tmp_path / "nowhere")), 1, "there is no file or folder")
    assert_output(home.run("load", "nofile.csv", "--source", "paper"), 1, "there is no file or folder nofile.csv")
    assert not (home.folder / "home").exists()


@pytest.mark.nightly
def test_a_dry_run_leaves_no_trace(home: Home, tmp_path: Path) -> None:
    """Neither a database nor tables nor a file of rejected records; it knows no database yet, so it uses a temporary one."""
    table = tmp_path / "table.csv"
    table.write_text("Country,Killed\n#country+code,#affected+killed\nSYR,5\nSYR,many\n")
    rejects = tmp_path / "rejects.json"
    dry = home.run("load", str(table), "--source", "my-table", "--dry-run", "--reject-to", str(rejects))
    assert_output(dry, 0, "temporary", "2 records read: 1 added, 0 changed, 0 unchanged, 1 rejected", "dry run: nothing was written")
    assert not rejects.exists() and not (home.folder / "home").exists()
    dry = home.run("load", collection(tmp_path, DOCUMENT), "--dry-run", "--json")
    assert json.loads(dry.stdout)["records"]["event"]["added"] == 1 and not (home.folder / "home").exists()


def test_a_dry_run_does_not_update_a_database(home: Home, tmp_path: Path, databases: Databases) -> None:
    url = databases.url(asyncio.run(databases.fresh()))
    asyncio.run(_execute(url, "update alembic_version set version_num = '0001'"))
    done = home.run("load", collection(tmp_path, DOCUMENT), "--dry-run", DATABASE_URL=url)
    assert_output(done, 1, "an earlier version made the database, and neither a dry run")


def test_wrong_paths_are_named_with_similar_ones(home: Home, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("x")
    assert_output(
        home.run("load", f"{tmp_path}/evnts.csv"), 1, f"there is no file or folder {tmp_path}/evnts.csv; did you mean {tmp_path}/events.csv"
    )
    assert_output(home.run("load", f"{tmp_path}/events.csv", f"{tmp_path}/events.csv"), 1, "is named twice")
    assert_output(home.run("load", f"{tmp_path}/events.csv", "--reject-to", f"{tmp_path}/events.csv"), 1, "would overwrite the file")
    assert_output(
        home.run("load", f"{tmp_path}/events.csv", "--reject-to", f"{tmp_path}/no/events.csv"),
        1,
        f"there is no file or folder {tmp_path}/no",
    )
    assert_output(home.run("check", f"{tmp_path}/events.csv"), 1, "is not a folder of fixtures", "--dry-run")
    (tmp_path / "link").symlink_to("nowhere")
    assert_output(home.run("check", f"{tmp_path}/link"), 1, "is a link to nowhere, which does not exist")
    assert not (home.folder / "home").exists()


def test_a_collection_can_be_loaded_listed_exported_and_verified(home: Home, tmp_path: Path, urls: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"], home.environment["DATABASE_READ_URL"] = urls
    assert_output(
        home.run("load", collection(tmp_path, DOCUMENT), "-m", "The first", "--author", "Jane"),
        0,
        "event: 1 added; claims: 1 added",
        "recorded as revision 1",
    )
    assert_output(home.run("load", collection(tmp_path, DOCUMENT)), 0, "nothing changed")
    assert_output(home.run("revisions"), 0, "Jane: The first")
    assert home.run("export", "events", "--format", "csv").stdout.splitlines()[1].startswith("e,Battle,battle")
    assert json.loads(home.run("export", "events", "--format", "geojson").stdout)["features"][0]["geometry"] is None
    assert_output(home.run("export", "participations", "--format", "geojson"), 1, "no such format")
    assert_output(home.run("export", "events", "--revision", "9"), 1, "there is no revision 9")
    assert_output(home.run("verify"), 0, "ok")
    assert_output(home.run("load", collection(tmp_path, DOCUMENT.replace("kind: battle", "kind: batle"))), 1, "batle")
    assert_output(home.run("revisions", "--json"), 0, '"id": 1')


def test_a_collection_without_its_folder_is_reported_and_can_be_retracted(home: Home, tmp_path: Path, urls: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"] = urls[0]
    collection(tmp_path, DOCUMENT)
    assert_output(home.run("load", str(tmp_path)), 0, "recorded as revision 1")
    (tmp_path / "mine").rename(tmp_path / "other")
    assert_output(
        home.run("load", str(tmp_path)),
        0,
        f"kept: the collection mine, which was loaded from a folder that {tmp_path} does not have",
        'retract mine -m "Why"',
        "recorded as revision 2",
    )
    assert_output(home.run("retract", "mein", "-m", "Renamed"), 1, "there is no collection mein", "mine")
    assert_output(home.run("retract", "mine", "-m", "Renamed", "--dry-run"), 0, "event: 1 changed", "dry run: nothing was written")
    (served := home.folder / "served").mkdir()
    collection(served, DOCUMENT)  # Servers load `mine` from here, so it was not removed.
    other = home.run("load", str(tmp_path), FIXTURES=str(served))
    assert_output(other, 0, "nothing changed")
    assert "kept: the collection" not in other.stdout + other.stderr
    assert_output(home.run("retract", "mine", "-m", "Renamed"), 0, "recorded as revision 3")
    assert_output(home.run("revisions", "--json"), 0, '"kind": "retraction"')
    if not NIGHTLY:
        return
    table = home.folder / "table.csv"
    table.write_text("Country,Killed\n#country+code,#affected+killed\nSYR,5\n")
    assert_output(home.run("load", str(table), "--source", "my-table"), 0, "1 record read: 1 added", "recorded as revision 4")
    again = home.run("load", str(tmp_path))
    assert_output(again, 0, "nothing changed")
    assert "kept: the collection" not in again.stdout + again.stderr, "a file has no folder"
    assert_output(home.run("verify"), 0, "ok")


def test_a_load_can_be_undone_and_each_revision_shows_its_receipt(home: Home, tmp_path: Path, urls: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"], home.environment["DATABASE_READ_URL"] = urls
    assert_output(home.run("undo", "1"), 1, "there is no revision 1: nothing has been loaded yet")
    assert_output(home.run("load", collection(tmp_path, DOCUMENT)), 0, "recorded as revision 1")
    assert_output(
        home.run("undo", "1", "-m", "Too early", "--author", "Jane"),
        0,
        "event: 1 removed; claims: 1 retracted",
        "event e: removed",
        "recorded as revision 2",
    )
    assert_output(home.run("undo", "9"), 1, "there is no revision 9; the newest is 2")
    assert_output(home.run("undo", "1"), 1, "revision 1 has no effect any more")
    assert_output(home.run("revisions"), 0, "Jane: Undo of revision 1: Too early")
    file = ("file mine/paper.yaml: format yaml", "records 2")
    assert_output(
        home.run("revisions", "1"),
        0,
        "revision 1: Load of mine",
        "claims of its files: 2 read, 2 added, 0 unchanged, 0 rejected, 0 flagged",
        *file,
    )
    line = home.run("revisions", "2", "--json").stdout
    assert line.count("\n") == 1 and json.loads(line)["receipt"]["undone"] == 1
    assert_output(home.run("revisions", "9"), 1, "there is no revision 9; the newest is 2")
    dry = json.loads(home.run("undo", "2", "--json", "--dry-run").stdout)
    assert (dry["revision"], dry["records"]["event"]["added"]) == (None, 1)
    if not NIGHTLY:
        return
    undone = json.loads(home.run("undo", "2", "--json").stdout)
    assert (undone["revision"], undone["records"]["event"]["added"]) == (3, 1)
    assert_output(home.run("verify"), 0, "ok")


def test_an_unreachable_database_is_one_clear_message(home: Home) -> None:
    closed = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    (home.folder / "home").write_text("a file")
    for command in ("verify", "revisions", "load", "serve"):
        assert_output(home.run(command, DATABASE_URL=closed), 1, "the database cannot be used", "DATABASE_URL")
    assert_output(home.run("serve", PORT="many"), 1, "PORT=many: must be a number; it is the port to listen on")
    assert_output(home.run("serve", PORT="99999"), 1, "PORT=99999: must not be greater than 65535; it is the port to listen on")
    assert_output(home.run("serve", PRIVATE="maybe"), 1, "PRIVATE=maybe: must be true or false\n")
    assert_output(home.run("serve", DATABASE_URL="foo"), 1, "must begin with postgresql://")
    assert_output(home.run("verify"), 1, str(home.folder / "home"))


@pytest.mark.nightly
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_server_and_database(used_home: Home, number: signal.Signals) -> None:
    (process,) = used_home.serve(free_port())
    assert used_home.postmaster()
    process.send_signal(number)
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and b"Traceback" not in output, output.decode()
    assert not (used_home.folder / "home" / "postgres-18" / "postmaster.pid").exists()


@pytest.mark.nightly
def test_killing_the_server_or_the_database_loses_nothing(used_home: Home) -> None:
    port = free_port()
    (process,) = used_home.serve(port)
    os.kill(used_home.postmaster(), signal.SIGKILL)
    process.kill()
    process.communicate()
    (process,) = used_home.serve(port)
    process.kill()
    process.communicate()
    (process,) = used_home.serve(port)
    os.kill(used_home.postmaster(), signal.SIGKILL)
    process.terminate()
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, output.decode()
    used_home.serve(port)
    assert revision(port) == 1
    assert_output(used_home.run("verify"), 0, "ok")


def test_a_killed_database_is_started_again_and_stops_with_who_uses_it(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """A new home, as `serve` uses it; the nightly run has the server itself."""
    config = Settings(conflict_facts_home=home.folder / "home")
    with database(config) as urls:
        killed = home.postmaster()
        os.kill(killed, signal.SIGKILL)
        for _ in range(LIMIT * 10):
            # While it is down, and then while it starts.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                asyncio.run(_execute(urls.read_url, "select from figure"))
                if home.postmaster() != killed:
                    break
            time.sleep(0.1)
        assert home.postmaster() != killed
    assert capsys.readouterr().err.count("PostgreSQL has ended") == 1
    assert not (home.folder / "home" / "postgres-18" / "postmaster.pid").exists()


@pytest.mark.nightly
@pytest.mark.parametrize("times", [1, 10])
def test_a_killed_database_is_started_again_while_the_server_runs_and_stops_with_it(used_home: Home, times: int) -> None:
    port = free_port()
    (process,) = used_home.serve(port)
    for number in range(times):
        killed, started = used_home.postmaster(), time.monotonic()
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: facts(port) is None, process, LIMIT)
        wait_for(lambda: facts(port) is not None, process, LIMIT)
        assert used_home.postmaster() != killed
        print(f"kill {number + 1}: facts again after {time.monotonic() - started:.1f} s")
    process.terminate()
    output, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and b"Traceback" not in output, output.decode()
    assert output.count(b"PostgreSQL has ended") == times
    assert not (used_home.folder / "home" / "postgres-18" / "postmaster.pid").exists()


@pytest.mark.nightly
def test_two_servers_may_start_on_one_new_home_and_the_first_to_stop_leaves_the_other(home: Home) -> None:
    """Both try to create the database, migrate it and load the fixtures; one of them does."""
    ports = free_port(), free_port()
    first, second = home.serve(*ports)
    first.terminate()
    output, _ = first.communicate(timeout=LIMIT)
    assert first.returncode == 0 and b"Traceback" not in output, output.decode()
    assert second.poll() is None and revision(ports[1]) == 1


def test_a_port_in_use_is_one_clear_message(home: Home, urls: tuple[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert_output(
            home.run("serve", "--no-load", "--port", str(taken.getsockname()[1]), DATABASE_URL=urls[0]),
            1,
            "could not listen on",
            "another program is using the port: try --port",
        )
        home.run("serve", "--port", str(taken.getsockname()[1]), "--workers", "2")
    assert not (home.folder / "home").exists()  # It is found out before a database is made.


def test_an_address_of_another_machine_is_one_clear_message(home: Home, urls: tuple[str, str]) -> None:
    for host in ("999.1.1.1", "192.0.2.1"):  # No address at all, and one that RFC 5737 reserves for documentation.
        done = home.run("serve", "--no-load", "--port", str(free_port()), DATABASE_URL=urls[0], HOST=host)
        assert_output(done, 1, f"could not listen on {host}:", "HOST must be an address of this machine")
        assert "another program" not in done.stderr


def test_a_load_reports_every_problem_and_flagged_value_once(home: Home, tmp_path: Path, urls: tuple[str, str]) -> None:
    odd = DOCUMENT + "  figures:\n    - {id: dead, event: e, measure: killed, low: 5, best: 3}\n"
    folder = collection(tmp_path, odd.replace("name: Battle", "country: SYRIA, location: nowhere"))
    refused = home.run("load", folder, DATABASE_URL=urls[0])
    assert_output(refused, 1, "mine/paper.yaml:7:", "country: 'SYRIA' is not")
    folder = collection(
        tmp_path, DOCUMENT + "    - {id: f, name: F, kind: battle, location: nowhere}\n    - {id: g, name: F, kind: fight}\n"
    )
    refused = home.run("load", folder, DATABASE_URL=urls[0])
    assert_output(
        refused,
        1,
        "mine/paper.yaml:8:",
        "location: there is no location 'nowhere'",
        "mine/paper.yaml:9:",
        "kind: 'fight' is not",
        "load refused: 2 problems",
    )
    done = home.run("load", collection(tmp_path, odd), DATABASE_URL=urls[0])
    assert_output(done, 0, "kept, but unusual: mine/paper.yaml:9, low", "recorded as revision 1")
    assert (done.stdout + done.stderr).count("kept, but unusual") == 1


ADDRESSES = {
    "postgresql://nobody@127.0.0.1:{port}/none": ["Connect call failed", "check DATABASE_URL"],
    "{url}_none{host}": ["does not exist", "create the database, for example with `createdb ", "DATABASE_URL"],
    "{nobody}": ["role", "does not exist", "check the user and the password in DATABASE_URL"],
    "postgresql://127.0.0.1:many/none": ["DATABASE_URL: must be a URL such as"],
    "postgresql://[::1/none": ["DATABASE_URL: must be a URL such as"],
    "mysql://127.0.0.1/none": ["must begin with postgresql://"],
    "postgresql://no-such-host.invalid/none": ["check DATABASE_URL"],
    "postgresql://127.0.0.1:{port}/none?sslmode=perhaps": ["sslmode", "check DATABASE_URL"],
}


def test_a_bad_database_url_is_one_clear_message(home: Home, urls: tuple[str, str]) -> None:
    url, _, host = urls[0].partition("?")
    nobody = urls[0].replace("://owner@", "://nobody@")
    addresses = [one.format(port=free_port(), url=url, host=f"?{host}", nobody=nobody) for one in ADDRESSES]
    for address, words in zip(addresses, ADDRESSES.values(), strict=True):
        done = home.run("verify", DATABASE_URL=address)
        assert_output(done, 1, *words)
        assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 1


def test_a_bad_read_url_is_one_clear_message(home: Home, urls: tuple[str, str]) -> None:
    for port in (1, "many"):
        bad = {"DATABASE_URL": urls[0], "DATABASE_READ_URL": f"postgresql://127.0.0.1:{port}/none"}
        for command in (["revisions"], ["serve", "--no-load", "--port", "1"]):
            assert_output(home.run(*command, **bad), 1, "DATABASE_READ_URL", "cannot be used" if port == 1 else "a number as its port")


def test_loading_with_a_read_only_role_is_one_clear_message(home: Home, urls: tuple[str, str], tmp_path: Path) -> None:
    done = home.run("load", collection(tmp_path, DOCUMENT), DATABASE_URL=urls[1])
    assert_output(done, 1, "the database cannot be used", "read-only transaction", "may write")


PLACES = {
    "postgresql://user:secret@db.example:5433/facts": "facts on db.example:5433",
    "postgresql://user@one,two/facts%20here": "facts here on one,two",
    "postgresql://user:secret@/facts?host=/run/postgresql&port=5433&password=secret": "facts on /run/postgresql:5433",
    "postgresql://": "the default database on localhost",
}


@pytest.mark.parametrize(("url", "place"), PLACES.items())
def test_serve_names_the_database_that_it_does_not_stop(url: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert database_place(url) == place
    _announce(Settings(database_url=url), BackgroundLoad(url, [], False, print))
    assert "Ctrl-C stops the server; the database goes on.\n" in capsys.readouterr().err
    _announce(Settings(), BackgroundLoad(url, [], False, print))
    assert "Ctrl-C stops the server and the database.\n" in capsys.readouterr().err


READING = (("verify",), ("revisions",), ("export", "events"), ("export-claims", "claims"), ("explain", "/v1/events"))


def test_commands_that_read_change_nothing(
    home: Home, databases: Databases, urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.folder)
    asyncio.run(_execute(databases.url("postgres"), "create database untouched"))
    empty = databases.url("untouched")
    try:
        for words in READING:
            assert_output(home.run(*words, DATABASE_URL=empty), 1, "the database of DATABASE_URL has no tables of Conflict Facts")
            assert_output(home.run(*words), 1, "has no tables of Conflict Facts", str(home.folder / "home"))
        assert not (home.folder / "home").exists()
        asyncio.run(
            _execute(
                empty,
                "do $$ begin if exists (select from pg_class where relnamespace = 'public'::regnamespace) then raise 'tables'; end if; end $$",
            )
        )
        assert_output(home.run("verify", DATABASE_URL=urls[0]), 1, "there is nothing to verify: nothing has been loaded yet")
        assert_output(home.run("migrate", DATABASE_URL=urls[0]), 0, f"the database is up to date, at migration {newest_migration()}")
        asyncio.run(_execute(urls[0], "update alembic_version set version_num = '0012'"))
        for words in READING:
            assert_output(home.run(*words, DATABASE_URL=urls[0]), 1, "an earlier version made the database", "`conflict-facts migrate`")
    finally:
        asyncio.run(_execute(databases.url("postgres"), "drop database untouched with (force)"))


def test_a_reader_without_grants_gets_them_from_the_owner(home: Home, urls: tuple[str, str], tmp_path: Path) -> None:
    asyncio.run(_execute(urls[0], 'create role "Reader 2" login'))
    loader, reader = (urls[0].replace("://owner@", f"://{role}@") for role in ("loader", "Reader%202"))
    bare = {"DATABASE_URL": loader, "DATABASE_READ_URL": reader}
    try:
        words = (
            "the role of DATABASE_READ_URL lacks privileges",
            "set DATABASE_MIGRATE_URL",
            "`conflict-facts roles --reading 'Reader 2'`",
        )
        assert_output(home.run("revisions", **bare), 1, *words)
        assert_output(home.run("revisions", **bare, DATABASE_MIGRATE_URL=urls[0]), 1, *words)  # What reads grants nothing.
        assert_output(home.run("load", collection(tmp_path, DOCUMENT), **bare, DATABASE_MIGRATE_URL=urls[0]), 0)
        assert_output(home.run("revisions", **bare), 0)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asyncio.run(_execute(reader, "select from event_withheld"))
    finally:
        asyncio.run(_execute(urls[0], 'drop owned by "Reader 2"; drop role "Reader 2"'))


def test_a_server_that_could_write_says_so(home: Home, urls: tuple[str, str]) -> None:
    words = (
        "the role owner, as which the server reads, can administer the server and can write",
        "conflict-facts roles",
        "DATABASE_READ_URL",
    )
    nowhere = {"METRICS_HOST": "192.0.2.1", "METRICS_PORT": "1"}
    arguments = ("serve", "--no-load", "--port", str(free_port()))
    done = home.run(*arguments, **nowhere, DATABASE_URL=urls[0], REQUIRE_READING_ROLE="true")
    assert_output(done, 1, f"database: {database_place(urls[0])} (DATABASE_URL)", *words)
    assert "could not listen" not in done.stderr
    assert_output(home.run(*arguments, **nowhere, DATABASE_URL=urls[0]), 1, *words, "could not listen")


def test_roles_prints_statements_or_runs_them(home: Home) -> None:
    printed = home.run("roles", "--reading", "my reader", "--loading", "a-b")
    assert_output(printed, 0, "begin;", 'create role "my reader" login', 'to "a-b"', "commit;")
    assert_output(home.run("roles", "--apply"), 1, "the embedded database has its roles by itself")
    assert_output(home.run("roles", "--reading", "loader"), 2, "must be three different roles")
    assert_output(home.run("roles", "--reading", "o'"), 2, "a name may have letters")


async def _execute(url: str, statement: str) -> None:
    async with connected(url) as connection:
        await connection.execute(statement)


def test_a_closed_output_pipe_is_not_an_error(home: Home, urls: tuple[str, str], tmp_path: Path) -> None:
    """As in `conflict-facts export events | head`."""
    rows = "".join(f"e{n},paper,{'A long name ' * 80},battle\n" for n in range(150))  # More than a pipe holds.
    folder = collection(tmp_path, source("paper"))
    (Path(folder) / "events.csv").write_text("id,source,name,kind\n" + rows)
    assert_output(home.run("load", folder, DATABASE_URL=urls[0]), 0)
    command = f"{sys.executable} -m api export events | head -1"
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env={**home.environment, "DATABASE_URL": urls[0]},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stdout.startswith("id,")
    assert "Traceback" not in done.stderr and "Broken" not in done.stderr, done.stderr


@pytest.mark.parametrize("error", [
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"), ConnectionError("unexpected connection_lost() call"),
])  # fmt: skip
def test_a_lost_connection_is_one_clear_message(error: Exception) -> None:
    """asyncpg then reports its own internal state, which must not reach the user."""
    with pytest.raises(NoDatabase, match="the database cannot be used: PostgreSQL ended the connection; see"), database_errors(Settings()):
        raise error


@pytest.mark.parametrize("url", ["", "postgresql://h/d"])
def test_a_full_disk_is_named_with_its_cure(url: str) -> None:
    config = Settings(database_url=url)
    with pytest.raises(NoDatabase, match="No space left on device; make room on the disk of the database"), database_errors(config):
        raise asyncpg.DiskFullError('could not extend file "base/1/2": No space left on device')
