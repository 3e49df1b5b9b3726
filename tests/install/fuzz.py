"""Sends generated requests to a server, and checks its responses against its contract: python -m tests.install.fuzz SCHEMATHESIS

Schemathesis derives valid and invalid requests from openapi.json and from the GraphQL schema, at least five thousand of each. A response
with status 5xx fails, and so does one that the OpenAPI document does not describe, or an invalid request that is accepted.

Its phase `coverage` tries every boundary of every parameter by itself: 2,400 requests for one list with 70 parameters, and some seventy thousand for
all operations. It is left out here; `--coverage` adds it. Only small collections are served, because a workbook of the others takes a minute, and
hundreds of requests ask for a file of everything.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .installation import Failed, Installation

CASES = 5000
FIXTURES = Path(__file__).parents[2] / "fixtures"
# Not `positive_data_acceptance`: OpenAPI cannot say that of two parameters only one may be given, or that a text must be a JSON object.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method,use_after_free,ensure_resource_availability"
)
# A request that breaks the contract may also be too long.
# Nearly all revisions that it would need are not there, which is 503.
CONFIGURATION = '[parameters]\nmin_revision = 1\n"header.Conflict-Facts-Min-Revision" = "1"\n\n'
CONFIGURATION += "[checks.negative_data_rejection]\nexpected-statuses = [400, 404, 405, 406, 414, 415, 416, 429, 431, 451]\n"
# Each line of a batch is answered by itself, so an invalid one is a line of a response with status 200.
CONFIGURATION += '[[operations]]\ninclude-name = "POST /v1/check-claim"\n'
CONFIGURATION += "checks.negative_data_rejection.expected-statuses = [200, 400, 404, 405, 406, 414, 415, 416, 429, 431, 451]\n"
CONFIGURATION = f'hooks = "hooks.py"\n{CONFIGURATION}'
HOOKS = 'import schemathesis\n\nschemathesis.serializer.alias("application/x-ndjson", "application/json")\n'  # A batch of one line.
# For each, its address, how many examples of each operation make five thousand, and the checks. In GraphQL, a condition that is empty is an error.
RUNS = {"REST": ("/openapi.json", 110, CHECKS), "GraphQL": ("/graphql", 240, "not_a_server_error")}
COLLECTIONS = ("aleppo-2024", "myanmar-revised")
PHASES = "examples,fuzzing,stateful"


def streamed(command: list[str], folder: str) -> tuple[int, str]:
    """The status and the output of a command, which is also printed as it comes: it takes minutes. Long lines are cut, since it repeats long requests."""
    lines = []
    with subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            print(line.rstrip()[:2000], flush=True)
    return process.returncode, "".join(lines)


def main() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hooks.py").write_text(HOOKS, "utf-8")
        installation = Installation(Path(sys.executable).parent, Path(folder))
        Path(folder, "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
        installation.environment |= {"RATE_LIMIT": "0", "FIXTURES": f"{folder}/fixtures"}  # One client sends them all.
        for name in COLLECTIONS:
            shutil.copytree(FIXTURES / name, Path(folder, "fixtures", name))
        with installation.server() as server:
            for name, (path, examples, checks) in RUNS.items():
                command = [
                    str(Path(sys.argv[1]).absolute()), "run", f"http://127.0.0.1:{server.port}{path}", "--checks", checks, "--max-examples", str(examples),
                    "--no-color", "--request-timeout", "600", "--suppress-health-check", "too_slow",  # How fast cases are made says nothing about us.
                    "--phases", PHASES + (",coverage" if "--coverage" in sys.argv else ""),
                ]  # fmt: skip
                print(f"{name}: {' '.join(command)}", flush=True)
                status, output = streamed(command, folder)
                found = re.search(r"(\d+) generated", output)
                generated = int(found[1]) if found else 0
                if status or generated < CASES:
                    print(f"{name} failed: {generated} requests, of at least {CASES}", file=sys.stderr)
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"failed: {failure}")
