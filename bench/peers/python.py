"""The peers written in Python: one process each, served by uvicorn with uvloop and httptools."""

from __future__ import annotations

from typing import Any

from ..database import BenchDatabase
from ..questions import Parameters
from . import (
    HERE,
    PYTHON,
    GraphQL,
    Peer,
    Request,
    Server,
    address,
)


def uvicorn(app: str, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
    command = [PYTHON, "-m", "uvicorn", app, "--app-dir", str(HERE), "--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log",
               "--log-level", "warning"]  # fmt: skip
    return command, {"DATABASE_READ_URL": database.read_url}


class StrawberrySQLAlchemy(GraphQL):
    name = "strawberry"
    about = "Strawberry, SQLAlchemy, DataLoader"
    questions = ("Q1", "Q2", "Q3", "Q8")
    documents = HERE / "mapped" / "queries.graphql"

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        return uvicorn("mapped.graphql:app", database, port)

    def cursor(self, id: str, started_on: str, server: Server) -> str:
        return f"{started_on} {id}"


class FastAPISQLAlchemy(Peer):
    name = "fastapi"
    about = "FastAPI, SQLAlchemy"
    questions = ("Q4", "Q5", "Q6")

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        return uvicorn("mapped.rest:app", database, port)

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        if question == "Q4":
            return Request(f"/events/{parameters['id']}")
        return Request(address("/events" if question == "Q5" else "/killed-by-month", parameters))

    def answer(self, question: str, body: Any) -> Any:
        if question == "Q5":
            return {"events": body["data"], "more": body["more"]}
        return {"event": body} if question == "Q4" else body
