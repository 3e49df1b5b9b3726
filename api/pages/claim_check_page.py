"""The page on which a reader checks whether a number in a sentence is still right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema.codelists.vocabularies import Vocabulary
from schema.model.claim_checks import ARGUMENTS, DIFFERENCES, REQUIRED, STATUSES, VERDICTS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..http.query_string import only
from ..query.claim_checks import MAX_EVIDENCE
from ..query.nodes import At, Query, Revision
from ..rest.claim_checks import NAMES, CheckEndpoint
from ..rest.parameters import requested_at
from ..store.side_thread import beside
from ..store.store import Answer, Store
from ..words.attribution import attribution
from ..words.citations import testimony
from ..words.exact_numbers import read_json
from .facts import FactPages, Made, Planned
from .queries import MOMENT

Document = Mapping[str, Any]
HEADINGS = {
    "supported": "Yes, this is what is published", "rival_only": "Only another source says so", "superseded": "No longer: it was corrected",
    "qualified": "Only with its qualifier, such as “at least”", "in_range": "Nobody says so, but it is within the range", "deprecated": "Only a claim marked as wrong says so",
    "counted_otherwise": "This number counts something else", "not_stated": "Nobody says so",
}  # fmt: skip
# What the page says in other words than the documentation of the API, which names its parameters and its values.
MEANINGS = {
    **VERDICTS,
    "counted_otherwise": "A source gives this number, but for something else; see below. Or the total of a country gives it, which may be of other days.",
}
LABELS = {"country": "Country (or fill in the event)", "event": "Event, by its id (or choose a country)"}


@dataclass(frozen=True)
class Control:
    """A control of the form: a list of codes to choose from, or else a text."""

    name: str
    label: str
    value: str
    vocabulary: Vocabulary | None
    required: bool
    type: str = "text"


@dataclass(frozen=True)
class Testimony:
    """A claim of the evidence, in words."""

    text: str
    sources: str
    status: str
    differs: tuple[str, ...]
    address: str  # Of the record; empty if it is gone.
    ended: int | None  # The revision that superseded it.
    claim: str = ""  # The address of the claim.
    held: str = ""  # The day on which it holds; empty for a number of a period.


class CheckPage:
    """Answers `/check-claim`; without a sentence it is the form alone."""

    def __init__(self, kinds: Kinds, kind: Kind, store: Store, pages: FactPages) -> None:
        self.kinds, self.kind, self.store, self.pages = kinds, kind, store, pages
        self.endpoint = CheckEndpoint(kinds, kind, store, pages.headers)

    async def page(self, request: Request) -> Response:
        """The form and, if it was sent, the verdict. Raises what the check by REST raises."""
        params = {name: text for name, text in only(request, NAMES).items() if text.strip()}
        asked = {name: text for name, text in params.items() if name in ARGUMENTS}
        planned: Planned
        if asked:
            planned = await beside(self.endpoint.plan_of, params)
        else:
            planned = await self.store.planned(Query((Revision("revision", MOMENT),), requested_at(dict(params)))), {}

        async def make(at: At) -> Made:
            plan, values = planned
            answer = await (self.endpoint.answer(plan, values) if asked else self.store.run(plan, values))
            shown = {"controls": self._controls(params), "checked": None, "names": DIFFERENCES}
            return Made(answer, "check.html", {**shown, **(self._checked(answer) if asked else {})})

        return await self.pages.respond(request, planned, make, (self.kind,))

    def _controls(self, params: Mapping[str, str]) -> list[Control]:
        assert self.kind.totals is not None
        event = self.kinds[self.kind.fields[self.kind.totals.event].type.ref or ""]
        fields = {**event.fields, **self.kind.fields}
        return [
            Control(
                name, LABELS.get(name) or text.partition(";")[0].partition(",")[0].removesuffix("."), params.get(name, ""),
                fields[name].type.vocabulary if name in fields else None, name in REQUIRED,
                "date" if name in ("from", "to") else "number" if name == "value" else "text",
            )
            for name, text in ARGUMENTS.items()
        ]  # fmt: skip

    def _checked(self, answer: Answer) -> dict[str, object]:
        document = read_json(answer.roots[0] or "")
        verdict = document["verdict"]
        return {
            "checked": verdict, "heading": HEADINGS[verdict], "meaning": MEANINGS[verdict], "superseded_in": document["superseded_in"], "held": document["holds_on"] or "",
            "evidence": [self._testimony(item, document["sources"]) for item in document["evidence"]], "totals": document["totals"],
            "most": MAX_EVIDENCE,
        }  # fmt: skip

    def _testimony(self, item: Document, sources: Mapping[str, Document]) -> Testimony:
        record, claim = item[self.kind.name] or {}, item["claim"]
        return Testimony(
            testimony(self.kind, record, claim), attribution([claim], sources) if claim else "a source that is no longer described", STATUSES[item["status"]],
            tuple(item["differs"]), f"/{self.kind.plural}/{record['id']}" if record else "", item["superseded_in"],
            f"/v1/claims/{claim['node_id']}" if claim else "", item["holds_on"] or "",
        )  # fmt: skip
