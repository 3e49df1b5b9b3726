"""The command line, as its users run it: messages, exit codes, signals, crashes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import click
import pytest
from click.testing import CliRunner

from api.__main__ import COMMANDS, main
from api.commands.database import database_errors
from api.errors import NoDatabase
from api.settings import Settings

from ..conftest import ROOT, Databases, source, wait_for

DOCUMENT = source("paper") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n"


class Home:
    """A home of its own for the embedded database, and the commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        self.environment["CONFLICT_FACTS_HOME"] = str(folder / "home")
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api", *words]
        return subprocess.run(
            command, cwd=ROOT, env={**self.environment, **environment}, capture_output=True, text=True, timeout=60, check=False
        )

    def ask(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same within this process, where what is tried is not the process: most of its time is Python's to start."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("DATABASE_URL", "DATABASE_READ_URL"):
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
        """One server a port, all started at once; here when all answer."""
        command = [sys.executable, "-m", "api", "serve", "--port"]
        started = [
            subprocess.Popen([*command, str(port)], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            for port in ports
        ]
        self.started += started
        for port, process in zip(ports, started, strict=True):
            wait_for(lambda port=port: revision(port) is not None, process)  # type: ignore[misc]
        return started

    def postmaster(self) -> int:
        return int((self.folder / "home" / "postgres-18" / "postmaster.pid").read_text().split()[0])


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("h"))
    yield made
    for process in made.started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=30)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database has the fixtures of the project, stopped; to be copied."""
    made = Home(tmp_path_factory.mktemp("m"))
    told(made.run("load"), 0, "recorded as revision 1")
    return made.folder / "home"


@pytest.fixture
def full(home: Home, made: Path) -> Home:
    """A home that served before."""
    shutil.copytree(made, home.folder / "home")
    return home


@pytest.fixture
def elsewhere(databases: Databases) -> tuple[str, str]:
    """A migrated database that is not the embedded one: the addresses of its owner and of its reader."""
    name = asyncio.run(databases.fresh())
    return databases.url(name), databases.url(name, read=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def revision(port: int) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return int(json.load(answer)["revision"])
    except OSError:
        return None


def told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One message that says what and how, and no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in done.stderr + done.stdout


def collection(tmp_path: Path, text: str) -> str:
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(text)
    return str(folder)


def test_every_command_is_imported_by_its_own_name(home: Home) -> None:
    context = click.Context(main)
    assert [(command := main.get_command(context, name)) and command.name for name in COMMANDS] == [*COMMANDS] == sorted(COMMANDS)
    told(home.ask("serv"), 2, "Did you mean 'serve'?")


def test_help_teaches_every_command(home: Home) -> None:
    page = home.run("--help").stdout
    for command in ("serve", "load", "undo", "check", "verify", "revisions", "export", "explain"):
        assert command in page
        assert CliRunner().invoke(main, [command, "--help"]).output.startswith("Usage: ")
    assert "DATABASE_URL" in page


def test_check_needs_no_database_and_names_every_problem(home: Home, tmp_path: Path) -> None:
    told(home.run("check", str(ROOT / "fixtures")), 0, "no problems")
    bad = collection(tmp_path, DOCUMENT.replace("battle}", "batle, country: SYRIA}"))
    told(home.ask("check", bad), 1, "mine/paper.yaml:7, kind: 'batle' is not in the vocabulary", "country: 'SYRIA'", "nothing was written")
    told(home.ask("check", str(tmp_path / "nowhere")), 1, "is not a folder")
    assert not (home.folder / "home").exists()


def test_a_collection_is_loaded_listed_exported_and_proved(home: Home, tmp_path: Path, elsewhere: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"], home.environment["DATABASE_READ_URL"] = elsewhere
    told(home.run("load", collection(tmp_path, DOCUMENT), "-m", "The first", "--author", "Jane"), 0, "recorded as revision 1")
    told(home.ask("load", collection(tmp_path, DOCUMENT)), 0, "nothing changed")
    told(home.ask("revisions"), 0, "Jane: The first")
    assert home.ask("export", "events", "--format", "csv").stdout.splitlines()[1].startswith("e,Battle,battle")
    assert json.loads(home.ask("export", "events", "--format", "geojson").stdout)["features"][0]["geometry"] is None
    told(home.ask("export", "figures", "--format", "geojson"), 1, "no such format")
    told(home.ask("export", "events", "--revision", "9"), 1, "there is no revision 9")
    told(home.ask("verify"), 0, "ok")
    told(home.ask("load", collection(tmp_path, DOCUMENT.replace("kind: battle", "kind: batle"))), 1, "batle")
    told(home.ask("revisions", "--json"), 0, '"id":1')


def test_a_collection_whose_folder_is_gone_is_told_and_can_be_retracted(home: Home, tmp_path: Path, elsewhere: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"] = elsewhere[0]
    collection(tmp_path, DOCUMENT)
    told(home.run("load", str(tmp_path)), 0, "recorded as revision 1")
    (tmp_path / "mine").rename(tmp_path / "other")
    told(home.ask("load", str(tmp_path)), 0, "kept: the collection mine", "recorded as revision 2")
    told(home.ask("retract", "mein", "-m", "Renamed"), 1, "there is no collection mein", "mine")
    told(home.ask("retract", "mine", "-m", "Renamed"), 0, "recorded as revision 3")
    told(home.ask("revisions", "--json"), 0, '"kind":"retraction"')
    told(home.ask("verify"), 0, "ok")


def test_a_load_can_be_undone_and_each_revision_tells_what_it_did(home: Home, tmp_path: Path, elsewhere: tuple[str, str]) -> None:
    home.environment["DATABASE_URL"], home.environment["DATABASE_READ_URL"] = elsewhere
    told(home.ask("undo", "1"), 1, "there is no revision 1: nothing has been loaded yet")
    told(home.run("load", collection(tmp_path, DOCUMENT)), 0, "recorded as revision 1")
    told(home.run("undo", "1", "-m", "Too early", "--author", "Jane"), 0, "event: 1 retracted", "recorded as revision 2")
    told(home.ask("undo", "9"), 1, "there is no revision 9; the newest is 2")
    told(home.ask("undo", "1"), 1, "revision 1 has no effect any more")
    told(home.ask("revisions"), 0, "Jane: Undo of revision 1: Too early")
    file = ("file mine/paper.yaml: format yaml", "records 2")
    told(home.ask("revisions", "1"), 0, "revision 1: Load of mine", "2 read, 2 added, 0 unchanged, 0 rejected, 0 flagged", *file)
    line = home.ask("revisions", "2", "--json").stdout
    assert line.count("\n") == 1 and json.loads(line)["receipt"]["undone"] == 1
    told(home.ask("revisions", "9"), 1, "there is no revision 9; the newest is 2")
    told(home.ask("undo", "2"), 0, "event: 1 added", "recorded as revision 3")
    told(home.ask("verify"), 0, "ok")


def test_a_database_that_cannot_be_reached_is_told_in_words(home: Home) -> None:
    closed = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    (home.folder / "home").write_text("a file")
    for command in ("verify", "revisions", "load", "serve"):
        told(home.ask(command, DATABASE_URL=closed), 1, "the database cannot be used", "DATABASE_URL")
    told(home.run("serve", PORT="many"), 1, "PORT=many")
    told(home.ask("serve", DATABASE_URL="foo"), 1, "must begin with postgresql://")
    told(home.ask("verify"), 1, str(home.folder / "home"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_server_and_database(full: Home, number: signal.Signals) -> None:
    (process,) = full.serve(free_port())
    assert full.postmaster()
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and b"Traceback" not in output, output.decode()
    assert not (full.folder / "home" / "postgres-18" / "postmaster.pid").exists()


def test_kill_9_of_either_loses_nothing(full: Home) -> None:
    port = free_port()
    (process,) = full.serve(port)
    os.kill(full.postmaster(), signal.SIGKILL)
    process.kill()
    process.communicate()
    (process,) = full.serve(port)
    process.kill()
    process.communicate()
    (process,) = full.serve(port)
    os.kill(full.postmaster(), signal.SIGKILL)
    process.terminate()
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output.decode()
    full.serve(port)
    assert revision(port) == 1
    told(full.ask("verify"), 0, "ok")


def test_two_serve_at_once_on_one_new_home_and_the_first_to_go_leaves_the_other(home: Home) -> None:
    """Both make the database, migrate and load; one of them does it."""
    ports = free_port(), free_port()
    first, second = home.serve(*ports)
    first.terminate()
    output, _ = first.communicate(timeout=30)
    assert first.returncode == 0 and b"Traceback" not in output, output.decode()
    assert second.poll() is None and revision(ports[1]) == 1


def test_a_port_in_use_is_said(home: Home, elsewhere: tuple[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told(
            home.run("serve", "--no-load", "--port", str(taken.getsockname()[1]), DATABASE_URL=elsewhere[0]),
            1,
            "could not listen on",
            "--port",
        )


def test_a_load_tells_every_problem_and_every_oddity_once(home: Home, tmp_path: Path, elsewhere: tuple[str, str]) -> None:
    odd = DOCUMENT.replace("kind: battle}", "kind: battle, started_on: 2024-12-02, ended_on: 2024-12-01}")
    folder = collection(tmp_path, odd.replace("name: Battle", "country: SYRIA, location: nowhere"))
    refused = home.run("load", folder, DATABASE_URL=elsewhere[0])
    told(refused, 1, "mine/paper.yaml:7, country: 'SYRIA' is not")
    folder = collection(tmp_path, odd + "    - {id: f, name: F, kind: battle, location: nowhere}\n    - {id: g, name: F, kind: fight}\n")
    refused = home.ask("load", folder, DATABASE_URL=elsewhere[0])
    told(
        refused,
        1,
        "mine/paper.yaml:8, location: there is no location 'nowhere'",
        "mine/paper.yaml:9, kind: 'fight' is not",
        "for 2 problems",
    )
    done = home.ask("load", collection(tmp_path, odd), DATABASE_URL=elsewhere[0])
    told(done, 0, "kept, but unusual: mine/paper.yaml:7, started_on", "recorded as revision 1")
    assert (done.stdout + done.stderr).count("kept, but unusual") == 1


ADDRESSES = {
    "postgresql://nobody@127.0.0.1:{port}/none": ["Connect call failed", "check DATABASE_URL"],
    "{url}_none{host}": ["does not exist", "check DATABASE_URL"],
    "{nobody}": ["role", "does not exist"],
    "postgresql://127.0.0.1:many/none": ["check DATABASE_URL"],
    "postgresql://[::1/none": ["check DATABASE_URL"],
    "mysql://127.0.0.1/none": ["must begin with postgresql://"],
    "postgresql://no-such-host.invalid/none": ["check DATABASE_URL"],
    "postgresql://127.0.0.1:{port}/none?sslmode=perhaps": ["sslmode", "check DATABASE_URL"],
}


def test_a_bad_address_is_told_in_one_sentence(home: Home, elsewhere: tuple[str, str]) -> None:
    url, _, host = elsewhere[0].partition("?")
    nobody = elsewhere[0].replace("://owner@", "://nobody@")
    addresses = [one.format(port=free_port(), url=url, host=f"?{host}", nobody=nobody) for one in ADDRESSES]
    for address, words in zip(addresses, ADDRESSES.values(), strict=True):
        done = home.ask("verify", DATABASE_URL=address)
        told(done, 1, *words)
        assert len([line for line in done.stderr.splitlines() if line.startswith("Error")]) == 1


def test_a_bad_address_for_reading_is_told_as_well(home: Home, elsewhere: tuple[str, str]) -> None:
    for port in (1, "many"):
        bad = {"DATABASE_URL": elsewhere[0], "DATABASE_READ_URL": f"postgresql://127.0.0.1:{port}/none"}
        for command in (["revisions"], ["serve", "--no-load", "--port", "1"]):
            told(home.ask(*command, **bad), 1, "cannot be used", "check DATABASE_READ_URL")


def test_a_role_that_cannot_write_is_told_so(home: Home, elsewhere: tuple[str, str], tmp_path: Path) -> None:
    done = home.run("load", collection(tmp_path, DOCUMENT), DATABASE_URL=elsewhere[1])
    told(done, 1, "the database cannot be used", "read-only transaction")


def test_a_reader_that_goes_away_is_no_error(home: Home, elsewhere: tuple[str, str], tmp_path: Path) -> None:
    """As in `conflict-facts export events | head`."""
    rows = "".join(f"e{n},paper,{'A long name ' * 20},battle\n" for n in range(2000))
    folder = collection(tmp_path, source("paper"))
    (Path(folder) / "events.csv").write_text("id,source,name,kind\n" + rows)
    told(home.run("load", folder, DATABASE_URL=elsewhere[0]), 0)
    command = f"{sys.executable} -m api export events | head -1"
    done = subprocess.run(
        command,
        shell=True,
        cwd=ROOT,
        env={**home.environment, "DATABASE_URL": elsewhere[0]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("id,")
    assert "Traceback" not in done.stderr and "Broken" not in done.stderr, done.stderr


def test_a_connection_that_ends_between_two_statements_is_told_in_words() -> None:
    """asyncpg then complains of its own state, which is no error of who loads."""
    with pytest.raises(NoDatabase, match="the database cannot be used: cannot switch to state 15"), database_errors(Settings()):
        raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
