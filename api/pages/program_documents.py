"""Documents for programs that look around: the index of the API, its contracts as text, and a summary for language models."""

from __future__ import annotations

import asyncio
import json
from functools import cached_property

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schema.model.claim_checks import VERDICTS
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_KEY
from schema.surfaces.graphql.surface import Surface

from .. import __version__
from ..graphql.schema import make_schema
from ..rest import openapi
from ..rest.list_formats import FORMATS, formats
from ..rest.routes import Endpoint

CONTRACTS = {
    "openapi": "/openapi.json", "openapi_yaml": "/openapi.yaml", "graphql": "/graphql", "graphql_schema": "/schema.graphql", "documentation": "/docs",
    "dictionary": "/dictionary", "errors": "/problems", "limits": "/limits", "summary": "/llms.txt",
}  # fmt: skip


class PlainDocuments:
    """Each document is written at the first request for it; those that take long in another thread, so that others are answered meanwhile."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds

    def endpoints(self) -> dict[str, Endpoint]:
        """The endpoint of each document by its path. None takes parameters."""
        return {"/v1": self.index, "/schema.graphql": self.graphql_schema, "/openapi.yaml": self.openapi_yaml, "/llms.txt": self.llms}

    async def index(self, request: Request) -> Response:
        """Every list with its formats, and where the contracts are."""
        lists = {
            kind.plural: {
                "description": kind.description,
                "url": f"/v1/{kind.plural}",
                "files": {suffix: f"/v1/{kind.plural}.{suffix}" for suffix, format in formats(kind).items() if format.streamed},
                **({"totals": f"/v1/{kind.plural}/totals"} if kind.totals else {}),
            }
            for kind in self.kinds.values()
        }
        return JSONResponse(
            {
                "name": "Conflict Facts",
                "version": __version__,
                "lists": lists,
                "claims": "/v1/claims/{id}",
                "revisions": "/v1/revisions",
                "withheld": "/v1/withheld",
                "check": "/v1/check-claim",
                **CONTRACTS,
            }
        )

    async def graphql_schema(self, request: Request) -> Response:
        return Response(await asyncio.to_thread(lambda: self._schema), media_type="text/plain; charset=utf-8")

    async def openapi_yaml(self, request: Request) -> Response:
        return Response(await asyncio.to_thread(lambda: self._yaml), media_type="application/yaml")

    async def llms(self, request: Request) -> Response:
        return Response(self._summary, media_type="text/plain; charset=utf-8")

    @cached_property
    def _schema(self) -> str:
        return make_schema(Surface(self.kinds)).as_str() + "\n"

    @cached_property
    def _yaml(self) -> str:
        plain = json.loads(json.dumps(openapi.document(self.kinds)))  # Without the anchors of parts that occur twice.
        return yaml.dump(plain, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True, width=1000)

    @cached_property
    def _summary(self) -> str:
        return f"""# Conflict Facts

> The facts of armed conflict, with the source of every value: who claims what, where they disagree, and what may be added up. Read only, no key. Every response names its revision.

Null is unknown, not zero. `disputed` means that live claims contradict each other: print the range and the sources. Never add figures yourself, because they may count the same people twice; `/v1/figures/totals` adds what may be
added and says what it left out. Cite `attribution`, or publisher and URL, of the source. An unknown parameter is an error with a suggestion, never ignored.

## Lists

{self._lists()}

Filter by `field=value` or `field.operator=value`, follow references with dots (`event.country=SYR`), choose `fields=name,location.name`, add `provenance=*`, sort by `order=-started_on`, page with `limit` and `next`.
A list of values is `field.one_of=a,b`, a day `2024-11-27`, a span `started_on.gte=2024-11-01&started_on.lte=2024-11-30`, a country its ISO 3166-1 alpha-3 code, a record its id.
A place with all that is in it is `location.within={{id}}` for events and `event.location.within={{id}}` for figures; the events of an actor are `participations.some.actor={{id}}`. A record is `/v1/{{list}}/{{id}}`, a claim `/v1/claims/{{kind}}:{{id}}:{{digest}}`.
Complete lists are files: {_files()} after the name of the list. The file of figures must not be summed, unless it has one `measure`, one `basis` and `counted_in.known=false`.

## From a question to a number

1. `/v1/search?text=…` finds the record: take `record.id`. 2. `/v1/figures?event.within={{id}}&measure=killed&words=en` has the numbers of the event and of its parts (`event={{id}}`: of the event alone, which may have none); each row counts something else, so read `event`, `population`, `actor` and the period. 3. Print `words`, which never states a bound as the number.
A total of a country or a month is `/v1/figures/totals?by=month&measure=killed&event.country=SYR&words=en`; `since` and `until` are its first and last day, `by` may be {_totals_keys()}.
Everything can be read as it stood here: `revision=12`, or `as_of=2026-11-30`, a day on which this service had it, not one on which something happened. `/v1/revisions` lists what changed.

{self._codes()}

All other codes are in the [dictionary](/dictionary); a wrong one is answered with the nearest.

## Is a sentence still right?

`/v1/check-claim?measure=killed&value=4&event={{id}}` returns a verdict: `{"`, `".join(VERDICTS)}`. Give `quantifier` (`at_least`, `more_than`, …), `population`, `unit`, `from` and `to` (days) as the sentence does, and `country=SYR` in place of `event` for a country. An event is checked by its own numbers, not by those of its parts. `value` is the number alone: 14000, not 14,000. Only `supported` confirms it.

## Contracts

- [OpenAPI](/openapi.json): the addresses of the REST API with their parameters
- `/mcp`: the tools `search`, `get`, `total` and `check_claim` by the Model Context Protocol, where the operator has installed it
- [OGC API - Features](/ogc): events, locations and figures for maps
- [GraphQL schema](/schema.graphql): the same facts at /graphql
- [Dictionary](/dictionary): every field and code
- [Errors](/problems): every error and what to do
"""

    def _lists(self) -> str:
        return "\n".join(f"- [{kind.plural}](/v1/{kind.plural}): {kind.description}" for kind in self.kinds.values())

    def _codes(self) -> str:
        (kind,) = self.kinds.summed
        return "\n".join(
            f"- `{field.name}`: {', '.join(vocabulary.codes)}" for field in kind.fields.values() if (vocabulary := field.type.vocabulary)
        )


def _files() -> str:
    return ", ".join(f"`.{suffix}`" for suffix, format in FORMATS.items() if format.streamed)


def _totals_keys() -> str:
    return ", ".join(f"`{key}`" for key in TOTALS_KEY.codes)
