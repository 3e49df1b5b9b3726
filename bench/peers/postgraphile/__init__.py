"""PostGraphile 5 over the same tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...ground import BUILD, Ground
from .. import GraphQL

HERE = Path(__file__).parent
PLACE = BUILD / "postgraphile"
NODE = BUILD / "node"
CONNECTIONS = 8


class PostGraphile(GraphQL):
    """One process, or more behind one port by Node's cluster, with as many connections in all."""

    questions = ("Q1", "Q2", "Q3", "Q8")
    documents = HERE / "queries.graphql"

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.name = f"postgraphile{processes}"
        self.about = f"PostGraphile 5, {processes} process{'es' if processes > 1 else ''}"

    def prepare(self, ground: Ground) -> None:
        shutil.copy(HERE / "server.mjs", PLACE)  # Node looks for packages beside the file.

    def command(self, ground: Ground, port: int) -> tuple[list[str], dict[str, str]]:
        connections = str(CONNECTIONS // self.processes)
        command = [str(NODE), str(PLACE / "server.mjs"), str(port), str(self.processes), connections, ground.host_url]
        return command, {"GRAPHILE_ENV": "production", "NODE_ENV": "production"}
