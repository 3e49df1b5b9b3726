"""A test run that is killed leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import ROOT, free_port
from ..support.command import lifeline

# A test process that starts a server on an embedded database of its own, and reports the pids of both.
TEST_RUN = """
import os, subprocess, sys, time, urllib.request
from pathlib import Path
from tests.support.command import COMMAND, lifeline
home, port = Path(sys.argv[1]), sys.argv[2]
environment = {**os.environ, "CONFLICT_FACTS_HOME": str(home), "DATABASE_URL": ""}
serve = subprocess.Popen([*COMMAND, "serve", "--no-load", "--port", port], env=environment, stdin=lifeline(), stderr=subprocess.DEVNULL)
while True:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ready")
        break
    except OSError:
        time.sleep(0.1)
postmaster = (home / "postgres-18" / "postmaster.pid").read_text().split()[0]
print(serve.pid, postmaster, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_killed_test_run_ends_its_servers(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("k") / "home"
    run = subprocess.Popen(
        [sys.executable, "-c", TEST_RUN, str(home), str(free_port())], cwd=ROOT, stdin=lifeline(), stdout=subprocess.PIPE, text=True
    )
    assert run.stdout
    pids = [int(pid) for pid in run.stdout.readline().split()]
    assert len(pids) == 2 and all(map(is_alive, pids))
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=60)
    deadline = time.monotonic() + 120
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, pids
        time.sleep(0.05)
