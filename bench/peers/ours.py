"""Conflict Facts itself: one process, started with `conflict-facts serve`, in several configurations."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from ..database import BenchDatabase
from ..questions import Parameters
from . import (
    HERE,
    GraphQL,
    Request,
    Server,
    address,
)

LOCATION_FIELDS = "location.id,location.name,location.latitude,location.longitude"
REST_FIELDS = {
    "Q4": f"name,kind,started_on,ended_on,country,{LOCATION_FIELDS},participations.role,participations.actor.name,figures.measure,figures.population,"
          "figures.low,figures.best,figures.high,figures.unit,figures.actor.name",
    "Q5": f"name,kind,started_on,country,{LOCATION_FIELDS},figures.measure,figures.population,figures.best,figures.unit",
}  # fmt: skip


class Ours(GraphQL):
    name = "ours"
    about = "Conflict Facts"
    questions: tuple[str, ...] = ("Q1", "Q2", "Q3", "Q3r", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10")
    documents = HERE / "ours.graphql"
    module = "api"
    settings: ClassVar = {"KEPT_MEGABYTES": "0"}  # No response cache: every answer is computed.

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        environment = {"DATABASE_URL": database.url, "DATABASE_READ_URL": database.read_url, "RATE_LIMIT": "0", **self.settings}
        return [sys.executable, "-m", self.module, "serve", "--no-load", "--port", str(port)], environment

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        if question in ("Q4", "Q9"):
            provenance = "none" if question == "Q4" else "*"
            return Request(address(f"/v1/events/{parameters['id']}", {"fields": REST_FIELDS["Q4"], "provenance": provenance}))
        if question == "Q10":
            return _newest_of_country(parameters, 30, "*")
        if question == "Q5":
            params = {"country": parameters["country"], "started_on.gte": parameters["since"], "started_on.lte": parameters["until"],
                     "order": "-started_on", "limit": "100", "fields": REST_FIELDS["Q5"]}  # fmt: skip
            return Request(address("/v1/events", params))
        return super().request(question, parameters, server)

    def answer(self, question: str, body: Any) -> Any:
        if question in ("Q4", "Q9"):
            return {"event": _facts(body["data"])}
        if question in ("Q5", "Q10"):
            return {"events": [_facts(record) for record in body["data"]], "more": body["next"] is not None}
        if question == "Q6":
            return body["data"]["totals"]["rows"]
        return super().answer(question, body)


class FullDocuments(Ours):
    """The list of Q2 by REST without `fields`: the full document of each event."""

    name, about, shares_server_of, compared = "ours-whole", "Conflict Facts, full documents by REST", "ours", False
    questions = ("Q2",)

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        return _newest_of_country(parameters, 50, "none")


class WithoutProvenance(Ours):
    """What the questions about provenance ask for, without the provenance."""

    name, about, shares_server_of, compared = "ours-without", "Conflict Facts, without provenance", "ours", False
    questions = ("Q3r", "Q9", "Q10")

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        if question == "Q10":
            return _newest_of_country(parameters, 30, "none")
        return super().request({"Q3r": "Q2", "Q9": "Q4"}[question], parameters, server)


class CachedResponses(Ours):
    """A server with default settings: responses are cached until a new revision is recorded."""

    name, about = "ours-kept", "Conflict Facts, response cache on"
    questions = ("Q2",)
    settings: ClassVar = {}


class WithoutPackedColumns(Ours):
    """A server that does not read packed columns."""

    name, about = "ours-plain", "Conflict Facts, without packed columns"
    questions = ("Q2", "Q3")
    module = "bench.peers.unpacked"


class NotModified(FullDocuments):
    """Conditional requests with the current ETag, answered with 304. The server knows the revision by notification and sends no statement."""

    name, about, shares_server_of = "ours-304", "Conflict Facts, 304 for the current ETag", "ours-kept"

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        request = super().request(question, parameters, server)
        _, headers = server.response(request)
        return Request(request.path, headers={"if-none-match": headers["etag"]})


class Q2ForComparison(Ours):
    """The document of Q2 with the parameters of Q7 and Q8: the newest revision, from the beginning or, for Q8, from the date of the cursor."""

    name, about, shares_server_of, compared = "ours-Q2", "Conflict Facts, Q2", "ours", False
    questions = ("Q7", "Q8")

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        params = {name: parameters[name] for name in ("country", "since", "until")}
        # Both then read rows from everywhere. The newest rows of thirty countries would be the same few pages again and again.
        return self.post("Q2", params | {"until": parameters.get("started_on", params["until"])})


def _newest_of_country(parameters: Parameters, limit: int, provenance: str) -> Request:
    """A request for the full documents of the newest events of a country in a span."""
    params = {"country": parameters["country"], "started_on.gte": parameters["since"], "started_on.lte": parameters["until"],
             "order": "-started_on", "limit": str(limit), "provenance": provenance}  # fmt: skip
    return Request(address("/v1/events", params))


def _facts(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its provenance, which no peer states in this form."""
    return {name: value for name, value in record.items() if name not in ("provenance", "claims")}
