"""Requests that are small to send and could be costly to answer: how much each makes the server do is bounded, whatever its shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx2
import pytest
from graphql.language.lexer import Lexer

from api.graphql import engine, translate, validation
from api.graphql.requests import MAX_TOKENS
from api.sql.answering.statement import statement
from api.sql.answering.written_length import MAX_WITH_LITERALS, WrittenLength
from api.store import statement_limits
from bench.costly import COSTLY, PARTS, REFERENCE, Costly

from ..conftest import Instance

STATUSES = {200, 400, 413, 414}
ELSEWHERE = (
    "map:",
    "chart:",
    "file:",
    "MCP:",
    "a revision of the future",
)  # Whose work is counted by other tests: that of another process, or of a thread.
LIMITS = {
    "tokens": MAX_TOKENS + 1, "comparisons": validation.MAX_COMPARISONS, "selections": translate.MAX_SELECTIONS + 1,
    # A variable is counted whole at the use that exceeds the limit.
    "values": translate.MAX_ARGUMENT_VALUES + engine.MAX_VARIABLE_VALUES, "characters": MAX_WITH_LITERALS,
    "arguments": statement_limits.MAX_STATEMENT_ARGUMENTS,
}  # fmt: skip


@pytest.fixture
def work(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What the server does for a request that it has not seen before: tokens, comparisons of fields, fields and values, and the size of the statement."""
    aleppo.app.state.graphql.engine.documents.cache.clear()
    aleppo.app.state.store.plans.cache.clear()
    aleppo.app.state.response_cache.responses.clear()
    done: Counter[str] = Counter()
    advance, walk = Lexer.advance, translate.Translator.query
    rule = validation.LimitedOverlappingFields

    def counting_advance(self: Lexer) -> object:
        done["tokens"] += 1
        return advance(self)

    class CountingRule(rule):  # type: ignore[misc, valid-type]
        def leave_document(self, *_: object) -> None:
            done["comparisons"] = validation.MAX_COMPARISONS - self.rule_context.remaining_complexity_budget

    def counting_walk(self: translate.Translator) -> object:
        try:
            return walk(self)
        finally:
            done["selections"], done["values"] = self.visited, self.argument_values

    def counting_statement(*arguments: object) -> object:
        made = statement(*arguments)  # type: ignore[arg-type]
        done["characters"], done["arguments"] = len(made.text), len(made.arguments)
        return made

    monkeypatch.setattr(Lexer, "advance", counting_advance)
    monkeypatch.setattr(validation, "RULES", tuple(CountingRule if one is rule else one for one in validation.RULES))
    validation._rule_methods.cache_clear()
    monkeypatch.setattr(translate.Translator, "query", counting_walk)
    monkeypatch.setattr("api.store.plans.statement", counting_statement)
    yield done
    validation._rule_methods.cache_clear()


async def answer(client: httpx2.AsyncClient, request: Costly) -> httpx2.Response:
    if not request.body:
        return await client.get(request.path)
    return await client.post(request.path, content=request.body, headers=dict(request.headers))


@pytest.mark.sampled(25)
@pytest.mark.parametrize("name", [name for name in COSTLY if not name.startswith(ELSEWHERE)])
async def test_the_work_for_a_request_is_bounded(aleppo: Instance, work: Counter[str], name: str) -> None:
    response = await answer(aleppo.client, COSTLY[name])
    assert response.status_code in STATUSES, response.text[:300]
    if response.status_code != 200:  # What is too long was compiled, and is not run.
        del work["characters"]
    exceeded = {what: (work[what], limit) for what, limit in LIMITS.items() if work[what] > limit}
    assert exceeded == {}, response.text[:300]


async def test_a_statement_that_is_too_long_is_not_written_to_its_end(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    written, finish = list[int](), WrittenLength.finish

    def counting_finish(self: WrittenLength, before: int, length: int) -> None:
        written.append(before + length)
        finish(self, before, length)

    monkeypatch.setattr(WrittenLength, "finish", counting_finish)
    fragment = f"fragment f on Event {{ {PARTS.replace('#', '0')} location {{ name country }} }}"
    query = "{ snapshot(revision: 9) { " + " ".join(f'a{n}: event(id: "x{n}") {{ ...f }}' for n in range(140)) + f" }} }} {fragment}"
    response = await aleppo.client.post("/graphql", json={"query": query})
    assert "more than 600,000 characters" in response.json()["errors"][0]["message"]
    assert MAX_WITH_LITERALS < written[-1] < 1.1 * MAX_WITH_LITERALS, "all of it has 2,400,000"


async def test_the_counts_are_those_of_the_request(aleppo: Instance, work: Counter[str]) -> None:
    """Or the limits would be compared with nothing."""
    assert (await answer(aleppo.client, REFERENCE)).status_code == 200
    assert all(work[what] for what in ("tokens", "selections", "characters")), work
    assert (await answer(aleppo.client, COSTLY["fragments that double"])).status_code == 200
    assert work["comparisons"] > 100
    await answer(aleppo.client, COSTLY["conditions on links"])
    assert work["values"] == work["arguments"] == 50
