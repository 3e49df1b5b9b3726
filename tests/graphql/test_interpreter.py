"""Documents by chance have the same answer from the compiled engine as from a slow, plain interpreter, and again with other variables."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, build_schema
from hypothesis import Phase, given, settings
from starlette.applications import Starlette

from api.app import create_app
from api.graphql.schema import make_schema
from api.settings import Settings
from api.sql.answering import written_length
from api.store import statement_limits
from schema.kinds import KINDS
from schema.model.claim import IDENTITY
from schema.model.kind import Kind
from schema.model.operators import OPERATORS
from schema.model.revisions import REVISION as REVISION_COLUMNS
from schema.surfaces.graphql.names import camel
from schema.surfaces.graphql.surface import Surface

from ..conftest import Databases, Instance
from ..support import expected_objects, expected_preference
from ..support.expected_objects import Cursor, Roots, World
from ..support.expected_states import Claim, Listed, Loaded, states
from ..support.interpreter import Document
from ..support.invented import collection, files
from ..support.operators import PYTHON_OPERATORS
from ..support.properties import NIGHTLY, examples
from ..support.random_arguments import Grounds, Onward, grounds
from ..support.random_documents import Ask, Question, lists, questions, whole

EXAMPLES = int(os.environ.get("DOCUMENTS", "0")) or (400 if NIGHTLY else 6)  # Generated documents; more of them find more.
CORPUS = 400  # Documents; a hundred use every operator, nearly always: the order of sets differs between runs.
COLLECTIONS = ("one", "two")
SIZES = [9, 6, 8]  # Records of each kind by revision: some are gone in the second, and some of those are back in the third.
LOADS: list[Loaded] = [
    {name: collection(KINDS, size, seed=number * len(COLLECTIONS) + turn, rivals=True) for turn, name in enumerate(COLLECTIONS)}
    for number, size in enumerate(SIZES)
]
CELLS = {  # Of a revision, as SQL: by default the column of the same name.
    **{name: name for name in (*REVISION_COLUMNS, "receipt")},
    "recorded_at": """to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "node_id": "'revision:' || id",
    "kind": "upper(kind)",
    "history_digest": "coalesce((select encode(history, 'hex') from revision_digest where revision = id), '')",
}
RENAMED = {"id": "number", "node_id": "id"}  # GraphQL calls the global id `id`.
PAIRS = ", ".join(f"'{camel(RENAMED.get(name, name))}', {cell}" for name, cell in CELLS.items())
REVISION = f"select json_build_object({PAIRS}) from revision"


LISTED = """select c.key, c.added_in, c.collection, c.attributed_to, c.locator, array(select id from record r where r.key = c.record) as id,
    array(select id from voice v where v.key = c.source) as source,
    array(select v.id from unnest(c.quoted_from) with ordinality u(key, n) join voice v on v.key = u.key order by n) as quoted
  from (select key, record, {columns} from {kind}_claim union all select key, record, {columns} from {kind}_claim_history) c"""
RECORDS = "with record as (select key, id from {kind} union select key, id from {kind}_history), voice as (select key, id from source union select key, id from source_history)"


class Roomy(Instance):
    """An instance that answers whatever is asked: what an answer may cost is tested elsewhere."""

    @cached_property
    def app(self) -> Starlette:
        return create_app(Settings(max_cost=10**30, rate_limit=0), self.read_url, self.kinds)


@dataclass
class Both:
    """The engine and the interpreter over the same claims."""

    engine: Instance
    world: World
    schema: GraphQLSchema
    listed: Listed

    async def ask(self, question: Question, seen: Iterable[Seen] = ()) -> list[Seen]:
        """Every ask of the question is answered alike by both, and again when all are asked at once. The cursors of the last answer."""
        answers: list[tuple[Ask, httpx2.Response]] = []
        for ask in question.asks:
            onward = {name: onward_to(name, one.turn, seen) for name, one in ask.variables.items() if isinstance(one, Onward)}
            given = replace(ask, variables=ask.variables | {name: one and one.text for name, one in onward.items()})
            answers.append((given, await self.post(question.document, given)))
            meant = ask.variables | {name: one and one.cursor for name, one in onward.items()}
            seen = self.check(Document(self.schema, question.document, meant, ask.operation), answers[-1][1])
        again = await asyncio.gather(*(self.post(question.document, given) for given, _ in reversed(answers)))
        assert [one.content for one in again] == [answer.content for _, answer in reversed(answers)]
        return list(seen)

    async def post(self, document: str, ask: Ask) -> httpx2.Response:
        body = {"query": document, "variables": ask.variables, "operationName": ask.operation}
        return await self.engine.client.post("/graphql", json=body)

    def check(self, document: Document, response: httpx2.Response) -> list[Seen]:
        """The cursors of an answer that is as it must be."""
        answer, newest = json.loads(response.text, parse_float=Decimal, object_pairs_hook=members), self.world.states[-1]
        if refusals := document.refusals(newest.revision):
            assert {error["extensions"]["problem"] for error in answer["errors"]} <= refusals
            return []
        assert "errors" not in answer, answer["errors"]
        found = list(same(answer["data"], document.answer(Roots(self.world, newest))))
        assert len({one.text for one in found}) == len({one.cursor for one in found}) == len({(one.text, one.cursor) for one in found})
        mixed = not answer["data"] or any(
            cursor and cursor.of_records for _, given, _ in document.asked() for cursor in (given.get("after"), given.get("before"))
        )
        assert response.headers.get("conflict-facts-revision") == (None if mixed else str(newest.revision))
        return found


@dataclass(frozen=True)
class Seen:
    """A cursor of an answer: its text, the place that it stands for, and the keys of the answer that lead to it."""

    text: str
    cursor: Cursor
    path: tuple[str, ...]


def onward_to(variable: str, turn: int, seen: Iterable[Seen]) -> Seen | None:
    """A cursor of the list that a variable is for, which is called by its name; none where there is none."""
    fitting = [one for one in seen if [key for key in one.path if re.fullmatch(r"v\d+", key)][-1:] == [variable]]
    return fitting[turn % len(fitting)] if fitting else None


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which no key stands twice."""
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def same(found: Any, expected: Any, path: tuple[str, ...] = ()) -> Iterator[Seen]:
    """Fails where an answer is not what is expected, in value, type or order of keys; yields the cursors of the answer."""
    if isinstance(expected, dict):
        assert isinstance(found, dict) and list(found) == list(expected), (path, found, expected)
        for key, value in expected.items():
            yield from same(found[key], value, (*path, key))
    elif isinstance(expected, list):
        assert isinstance(found, list) and len(found) == len(expected), (path, found, expected)
        for one, value in zip(found, expected, strict=True):
            yield from same(one, value, path)
    elif isinstance(expected, Cursor):
        assert isinstance(found, str), (path, found, expected)
        yield Seen(found, expected, path)
    else:
        assert plain(found) == plain(expected), (path, found, expected)


def plain(value: Any) -> tuple[str, Any]:
    """A value with its type: 1 is not true, and every number is exact."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return "number", Decimal(repr(value) if isinstance(value, float) else value)
    return type(value).__name__, value


async def grown(made: Instance) -> AsyncIterator[Both]:
    """Both after each of the loads."""
    for revision, loaded in enumerate(LOADS, 1):
        for name, found in loaded.items():
            for file, text in files(dict(found)).items():
                made.write(f"{name}/{file}", text)
        assert (await made.load()).revision == revision
        rows = [json.loads(row[0]) for row in await made.rows(REVISION)]
        keys = await listed(made)
        yield Both(made, World(KINDS, states(KINDS, LOADS[:revision], keys), {row["number"]: row for row in rows}), schema(), keys)


async def listed(made: Instance) -> Listed:
    """The places of claims. In which order a load writes them is not ours to say; that their lists keep to it is."""
    found: dict[tuple[str, Any, int], int] = {}
    columns = "added_in, source, collection, attributed_to, locator, quoted_from"
    for kind in KINDS:
        for row in await made.rows(f"{RECORDS} {LISTED}".format(kind=kind, columns=columns)):
            (id,), (source,) = row["id"], row["source"]
            about = {"source": source, "quoted_from": tuple(row["quoted"]), **{name: row[name] for name in ("attributed_to", "locator")}}
            found[kind, (id, row["collection"], *(about[name] for name in IDENTITY)), row["added_in"]] = row["key"]
    return found


@pytest.fixture(scope="module", autouse=True)
def long_statements() -> Iterator[None]:
    """Statements of any length: how long they may be is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statement_limits, "MAX_STATEMENT_LENGTH", 10**9)
        for module in (statement_limits, written_length):
            patch.setattr(module, "MAX_WITH_LITERALS", 10**9)
        yield


@pytest_asyncio.fixture(scope="module")
async def both(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    made = Roomy(databases, await databases.fresh(), tmp_path_factory.mktemp("interpreted"))
    async with made.app.router.lifespan_context(made.app), made.client:
        yield [one async for one in grown(made)][-1]


@cache
def schema() -> GraphQLSchema:
    """What is asked of. Totals, and what is computed by their rule, have an interpreter of their own: tests/support/totals_reference.py."""
    made = build_schema(make_schema(Surface(KINDS)).as_str())
    for name in ("Query", "Snapshot"):
        root = made.type_map[name]
        assert isinstance(root, GraphQLObjectType)
        for field in ("totals", "checkClaim", "claim", "node", "nodes"):
            del root.fields[field]
    for kind in KINDS.values():
        record, where = made.type_map[kind.graphql], made.type_map[f"{kind.graphql}Where"]
        assert isinstance(record, GraphQLObjectType) and isinstance(where, GraphQLInputObjectType)
        for name in map(camel, kind.computed):
            del record.fields[name], where.fields[name]
    return made


def ground(recorded: Iterable[str] = ()) -> Grounds:
    """What to ask of the loads, as of when they were recorded and other times."""
    times = [*recorded, "2001-01-01", "2999-12-31T23:59:59"]
    east = [dt.datetime.fromisoformat(time).astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).isoformat() for time in recorded]
    return grounds(schema(), KINDS, LOADS, [*times, *east])


ALIKE = examples(EXAMPLES, EXAMPLES)


async def test_a_generated_document_has_the_answer_of_the_interpreter(both: Both) -> None:
    loop = asyncio.get_running_loop()
    made_of = ground([row["recordedAt"] for row in both.world.revisions.values()])

    @ALIKE
    @given(question=questions(made_of) | lists(made_of))
    def alike(question: Question) -> None:
        asyncio.run_coroutine_threadsafe(both.ask(question), loop).result()

    await asyncio.to_thread(alike)


@pytest.mark.nightly
async def test_a_document_sent_before_a_load_is_answered_correctly_after_it(databases: Databases, tmp_path: Path) -> None:
    """In another order of asks each time; lists go on from where they were before the load."""
    made = Roomy(databases, await databases.fresh(), tmp_path)
    seen: dict[int, list[Seen]] = {}
    async with made.app.router.lifespan_context(made.app), made.client:
        async for both in grown(made):
            for number, question in enumerate(corpus()[:20]):
                turn = both.world.states[-1].revision
                turned = replace(question, asks=[*question.asks[turn:], *question.asks[:turn]])
                seen[number] = await both.ask(turned, seen.get(number, []))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
async def test_every_field_of_every_type_has_the_answer_of_the_interpreter(both: Both, kind: Kind) -> None:
    records = {one.graphql for one in KINDS.values()}
    types = {name: type for name, type in both.schema.type_map.items() if isinstance(type, GraphQLObjectType)}
    record, page, revision, listed = (
        whole(types[name], records) for name in (kind.graphql, f"{kind.graphql}Connection", "Revision", "RevisionConnection")
    )
    listed = listed.replace(" receipt", "")
    roots = f"{camel(kind.plural)} {page} all: {camel(kind.plural)} {{ nodes {record} }} revision {revision} revisions {listed}"
    one = f"{camel(kind.name)}(id: $id) {record}"
    then = f"snapshot(revision: $revision) {{ {roots} {one} }}"
    variables = [{"id": f"{kind.name}-000{number}", "revision": number} for number in (len(LOADS), 1)]
    await both.ask(Question(f"query ($id: ID!, $revision: Int) {{ {roots} {one} {then} }}", [Ask(given) for given in variables]))


# Documents that were once answered otherwise.
ONCE_WRONG = [
    "{ sources { nodes { provenance { title { origins } } } } }",
    "{ figures { nodes { provenance { __typename best { __typename } } } } }",
]


async def test_a_null_variable_and_an_empty_list_do_not_share_a_plan(both: Both) -> None:
    """One document, one variable: what is compiled for the one must not answer the other."""
    document = "query ($v: [SourceWhere!]) { sources(where: {or: $v}) { totalCount } }"
    for first, second in ((None, []), ([], None)):
        await both.ask(Question(f"{document} # {first}", [Ask({"v": first}), Ask({"v": second})]))


async def test_a_plan_for_a_value_is_not_used_for_null(both: Both) -> None:
    """Nor for a variable that is not given, in whatever order they come."""
    document = "query ($v: Float, $w: [EventWhere!]) { figures(where: {low: {gte: $v}, event: {match: {or: $w}}}) { totalCount } }"
    given: list[dict[str, Any]] = [
        {"v": 1, "w": [{"id": {"ne": "x"}}]},
        {"v": None, "w": [{"id": {"ne": "x"}}]},
        {"v": 1},
        {"v": 1, "w": [{}]},
        {},
    ]
    for turn in range(len(given)):
        await both.ask(Question(f"{document} # {turn}", [Ask(one) for one in (*given[turn:], *given[:turn])]))


@pytest.mark.parametrize("document", ONCE_WRONG)
async def test_documents_that_were_once_answered_wrong_are_right(both: Both, document: str) -> None:
    await both.ask(Question(document, [Ask({})]))


@pytest.mark.parametrize("document", [
    "query A($v: Direction!) { ...F } query B { __typename } fragment F on Query { actors(orderBy: {slug: $v}) { totalCount } }",
    "fragment F on Query { actors(orderBy: {slug: $v}) { totalCount } } query A($v: Direction!) { ...F }",
])  # fmt: skip
async def test_a_fragment_may_be_defined_anywhere(both: Both, document: str) -> None:
    await both.ask(Question(document, [Ask({"v": "ASC"}, "A")]))


# That the check can fail


def always(*_: Any) -> bool:
    return True


ONWARD = "query ($v1: String) { v1: events(first: 2, after: $v1) { nodes { id } pageInfo { endCursor } } }"
BACK = "query ($v1: String) { v1: events(last: 2, before: $v1, orderBy: [{endedOn: DESC}]) { nodes { id } pageInfo { startCursor } } }"
MISTAKES = {
    "an operator that always holds": (PYTHON_OPERATORS, "ne", always, "{ events(where: {clarity: {ne: 1}}) { totalCount } }"),
    "directives that do nothing": (Document, "_included", always, "{ events @skip(if: true) { totalCount } __typename }"),
    "a page that is longer": (expected_objects, "size", lambda given: 3, "{ events(first: 2) { nodes { id } } }"),
    "a cursor that starts again": (Cursor, "precedes", always, ONWARD),
    "a cursor that ends again": (Cursor, "precedes", always, BACK),
    "deprecated claims that count": (Claim, "live", property(always), "{ actors { nodes { claims { nodes { rank } } } } }"),
    "a rule that takes the last": (expected_preference, "preference", lambda claim, at, _: at == "one", "{ sources { nodes { title } } }"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_noticed(both: Both, monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    """One that the interpreter makes shows as surely as one that the engine makes."""
    owner, name, wrong, document = MISTAKES[mistake]
    question = Question(document, [Ask({}), Ask({"v1": Onward(1)})])
    await both.ask(question)
    if isinstance(owner, dict):
        monkeypatch.setitem(owner, name, wrong)
    else:
        monkeypatch.setattr(owner, name, wrong)
    with pytest.raises(AssertionError):
        await replace(both, world=replace(both.world, states=states(KINDS, LOADS, both.listed))).ask(question)


class Forgetful(Both):
    """An engine that keeps what it made of a document with the variables that it had first."""

    async def post(self, document: str, ask: Ask) -> httpx2.Response:
        if document not in KEPT:
            KEPT[document] = await super().post(document, ask)
        return KEPT[document]


KEPT: dict[str, httpx2.Response] = {}


@pytest.mark.parametrize(("document", "asks"), [
    ("query ($n: Int) { events(first: $n) { nodes { id } } }", [{"n": 1}, {"n": None}]),
    ("query ($w: EventWhere) { events(where: $w) { totalCount } }", [{"w": {"id": {"oneOf": ["event-0001"]}}}, {"w": {"id": {"oneOf": []}}}]),
    ("query ($on: Boolean!) { events @include(if: $on) { totalCount } __typename }", [{"on": True}, {"on": False}]),
    ("query ($d: Direction!) { events(orderBy: {slug: $d}) { nodes { id } } }", [{"d": "ASC"}, {"d": "DESC"}]),
])  # fmt: skip
async def test_ignored_variables_are_noticed(both: Both, document: str, asks: list[dict[str, Any]]) -> None:
    question = Question(document, [Ask(variables) for variables in asks])
    await both.ask(question)
    with pytest.raises(AssertionError):
        await Forgetful(both.engine, both.world, both.schema, both.listed).ask(question)


@pytest.mark.parametrize(("found", "expected"), [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": 1}, {"a": True}), ({"a": 1}, {}), ([1, 2], [2, 1]), ([], [None]), ("1", 1), (None, []),
    (Decimal("0.1"), 0.2), (None, Cursor((), 1, (), False)),
])  # fmt: skip
def test_an_answer_that_differs_is_noticed(found: Any, expected: Any) -> None:
    with pytest.raises(AssertionError):
        list(same(found, expected))


@cache
def corpus() -> list[Question]:
    """Generated documents, the same in each test of a run."""
    made: list[Question] = []

    @settings(ALIKE, max_examples=CORPUS, derandomize=True, database=None, phases=[Phase.generate])
    @given(question=questions(ground()) | lists(ground()))
    def generated(question: Question) -> None:
        made.append(question)

    generated()
    return made


@pytest.mark.nightly
def test_generated_documents_use_every_operator() -> None:
    """What is declared tomorrow is asked for tomorrow: documents are derived from the schema."""
    asked = " ".join(one.document + json.dumps([ask.variables for ask in one.asks], default=str) for one in corpus())
    assert {operator for operator in OPERATORS if not re.search(rf"\b{camel(operator)}\"?: ", asked)} == set()
