"""Sends generated requests to a server, and checks its responses against its contract: python -m tests.install.fuzz SCHEMATHESIS

Schemathesis derives valid and invalid requests from openapi.json and from the GraphQL schema, at least three thousand of each. A response
with status 5xx fails, and so does one that the OpenAPI document does not describe, or an invalid request that is accepted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .installation import Failed, Installation

CASES = 3000
# Not `positive_data_acceptance`: OpenAPI cannot say that of two parameters only one may be given, or that a text must be a JSON object.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "negative_data_rejection,unsupported_method,use_after_free,ensure_resource_availability"
)
# A request that breaks the contract may also be too long.
# Nearly all revisions that it would need are not there, which is 503.
CONFIGURATION = '[parameters]\nmin_revision = 1\n"header.Conflict-Facts-Min-Revision" = "1"\n\n'
CONFIGURATION += "[checks.negative_data_rejection]\nexpected-statuses = [400, 404, 405, 406, 414, 415, 416, 429, 431, 451]\n"
# For each, its address, how many examples of each operation make three thousand, and the checks. In GraphQL, a condition that is empty is an error.
RUNS = {"REST": ("/openapi.json", 40, CHECKS), "GraphQL": ("/graphql", 450, "not_a_server_error")}


def main() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(sys.executable).parent, Path(folder))
        Path(folder, "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
        installation.environment["RATE_LIMIT"] = "0"  # One client sends them all.
        with installation.server() as server:
            for name, (path, examples, checks) in RUNS.items():
                command = [
                    str(Path(sys.argv[1]).absolute()), "run", f"http://127.0.0.1:{server.port}{path}", "--checks", checks, "--max-examples", str(examples),
                    "--no-color", "--request-timeout", "600",  # A workbook of everything takes minutes on a busy computer.
                ]  # fmt: skip
                print(f"{name}: {' '.join(command)}", flush=True)
                done = subprocess.run(command, cwd=folder, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=False)
                print(done.stdout[-200_000:])  # It repeats long requests.
                found = re.search(r"(\d+) generated", done.stdout)
                generated = int(found[1]) if found else 0
                if done.returncode or generated < CASES:
                    print(f"{name} failed: {generated} requests, of at least {CASES}", file=sys.stderr)
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"failed: {failure}")
