"""A test run that is killed leaves no process and no data behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import ROOT, Databases, free_port
from ..support.command import lifeline

# A test process with a database of its own, and a server on another; it prints the pids of both and the folder of the database.
TEST_RUN = """
import os, subprocess, sys, time, urllib.request
from pathlib import Path
from tests.support.command import COMMAND, lifeline
from tests.support.temporary_cluster import temporary_cluster
with temporary_cluster() as cluster:
    home, port = Path(cluster.address.host), sys.argv[1]
    environment = {**os.environ, "CONFLICT_FACTS_HOME": str(home)}
    serve = subprocess.Popen([*COMMAND, "serve", "--no-load", "--port", port], env=environment, stdin=lifeline(), stderr=subprocess.DEVNULL)
    while serve.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready")
            break
        except OSError:
            time.sleep(0.1)
    postmaster = (home / "postgres-18" / "postmaster.pid").read_text().split()[0]
    print(serve.pid, postmaster, home, flush=True)
    time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.nightly
def test_a_killed_test_run_leaves_no_server_and_no_data(databases: Databases) -> None:
    name = asyncio.run(databases.fresh())  # For the server, which would take long to make the tables in the new one.
    environment = {**os.environ, "DATABASE_URL": databases.url(name), "DATABASE_READ_URL": databases.url(name, read=True)}
    run = subprocess.Popen(
        [sys.executable, "-c", TEST_RUN, str(free_port())], cwd=ROOT, env=environment, stdin=lifeline(), stdout=subprocess.PIPE, text=True
    )
    assert run.stdout
    server, postmaster, home = run.stdout.readline().split()
    assert is_alive(int(server)) and is_alive(int(postmaster)) and (Path(home) / "postgres-18").is_dir()
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=120)
    deadline = time.monotonic() + 300
    while is_alive(int(server)) or is_alive(int(postmaster)) or Path(home).exists():
        assert time.monotonic() < deadline, (server, postmaster, home)
        time.sleep(0.05)
