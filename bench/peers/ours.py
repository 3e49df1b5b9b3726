"""Conflict Facts itself: one process, as `conflict-facts serve` starts it."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from ..database import Ground
from ..questions import Parameters
from . import (
    HERE,
    GraphQL,
    Request,
    Server,
    address,
)

LINKED = "location.id,location.name,location.latitude,location.longitude"
REST = {
    "Q4": f"name,kind,started_on,ended_on,country,{LINKED},participations.role,participations.actor.name,figures.measure,figures.population,"
          "figures.low,figures.best,figures.high,figures.unit,figures.actor.name",
    "Q5": f"name,kind,started_on,country,{LINKED},figures.measure,figures.population,figures.best,figures.unit",
}  # fmt: skip


class Ours(GraphQL):
    name = "ours"
    about = "Conflict Facts"
    questions: tuple[str, ...] = ("Q1", "Q2", "Q3", "Q3r", "Q4", "Q5", "Q6", "Q7", "Q8")
    documents = HERE / "ours.graphql"
    module = "api"
    settings: ClassVar = {"KEPT_MEGABYTES": "0"}  # Every answer is computed.

    def command(self, ground: Ground, port: int) -> tuple[list[str], dict[str, str]]:
        environment = {"DATABASE_URL": ground.url, "DATABASE_READ_URL": ground.read_url, **self.settings}
        return [sys.executable, "-m", self.module, "serve", "--no-load", "--port", str(port)], environment

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        if question == "Q4":
            return Request(address(f"/v1/events/{parameters['id']}", {"fields": REST["Q4"], "provenance": "none"}))
        if question == "Q5":
            asked = {"country": parameters["country"], "started_on.gte": parameters["since"], "started_on.lte": parameters["until"],
                     "order": "-started_on", "limit": "100", "fields": REST["Q5"]}  # fmt: skip
            return Request(address("/v1/events", asked))
        return super().request(question, parameters, server)

    def answer(self, question: str, body: Any) -> Any:
        if question == "Q4":
            return {"event": body["data"]}
        if question == "Q5":
            return {"events": body["data"], "more": body["next"] is not None}
        if question == "Q6":
            return body["data"]["totals"]["rows"]
        return super().answer(question, body)


class Whole(Ours):
    """The list of Q2 as REST gives it when nothing is said of fields: the whole document of each event."""

    name, about, guest, compared = "ours-whole", "Conflict Facts, whole documents by REST", "ours", False
    questions = ("Q2",)

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        asked = {"country": parameters["country"], "started_on.gte": parameters["since"], "started_on.lte": parameters["until"],
                 "order": "-started_on", "limit": "50"}  # fmt: skip
        return Request(address("/v1/events", asked))


class Kept(Ours):
    """A server with its defaults: what was answered is sent again for as long as no revision is recorded."""

    name, about = "ours-kept", "Conflict Facts, answers kept"
    questions = ("Q2",)
    settings: ClassVar = {}


class Unpacked(Ours):
    """A server that does not read what is kept ready beside events."""

    name, about = "ours-plain", "Conflict Facts, nothing kept ready"
    questions = ("Q2", "Q3")
    module = "bench.peers.unpacked"


class Unchanged(Whole):
    """The same, asked again by who holds the answer already: 304. The revision is known by notification, so it takes no statement."""

    name, about, guest = "ours-304", "Conflict Facts, asked again with the ETag", "ours-kept"

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        request = super().request(question, parameters, server)
        _, headers = server.asked(request)
        return Request(request.path, headers={"if-none-match": headers["etag"]})


class Beside(Ours):
    """Q2's document beside Q7 and Q8: the same list, as of now, from its beginning; beside Q8 a list that begins where the cursor stands."""

    name, about, guest, compared = "ours-Q2", "Conflict Facts, Q2", "ours", False
    questions = ("Q7", "Q8")

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        asked = {name: parameters[name] for name in ("country", "since", "until")}
        # So both read rows from anywhere. The newest of thirty countries are the same few pages again and again.
        return self.post("Q2", asked | {"until": parameters.get("started_on", asked["until"])})
