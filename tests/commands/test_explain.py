"""`conflict-facts explain`: the statement, its values and its plan, as a maintainer reads them."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result

from api.__main__ import main
from api.commands import explain
from api.sql.pretty import TOKEN, pretty

from ..conftest import Instance
from ..support.example_queries import DEEP_QUERY, SEVERAL_ROOTS, SNAPSHOT_QUERY

QUERY = """query Named($country: Country, $kinds: [EventKind!]) {
  events(first: 2, where: {country: {eq: $country}, kind: {oneOf: $kinds}}) { nodes { name figures { nodes { best } } } }
}
query Other { actors(first: 2) { totalCount } }
"""
DOCUMENTS = {"deep": DEEP_QUERY, "several roots": SEVERAL_ROOTS, "snapshot": SNAPSHOT_QUERY}
QUESTIONS = {
    **{name: explain.document(text) for name, text in DOCUMENTS.items()},
    "a list by REST": explain.rest_url("/v1/events?country=SYR&location.name.contains=it's&provenance=*&revision=1"),
    "a record by REST": explain.rest_url("https://api.example.org/v1/events/aleppo-offensive-2024"),
}


@pytest.fixture
def query(tmp_path: Path) -> str:
    path = tmp_path / "query.graphql"
    path.write_text(QUERY, "utf-8")
    return str(path)


def run(instance: Instance, *words: str) -> Result:
    environment = {"DATABASE_URL": instance.url, "DATABASE_READ_URL": instance.read_url}
    return CliRunner().invoke(main, ["explain", *words], env=environment, catch_exceptions=False)


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_it_prints_the_statement_its_values_and_its_plan(aleppo: Instance, query: str) -> None:
    told = lines(run(aleppo, query, "--operation", "Named", "--variables", '{"country": "SYR", "kinds": ["BATTLE", "AIR_STRIKE"]}'))
    assert told[0] == "-- the newest revision is 1"
    assert any(line.strip() == "from event event_1" for line in told), told
    assert [line for line in told if line.startswith("-- $")] == ["-- $1   text[]  '{battle,air_strike}'", "-- $2   text    'SYR'"]
    assert any("Scan" in line and "(cost=" in line for line in told) and not any("actual time" in line for line in told)


def test_variables_may_stand_in_a_file(aleppo: Instance, query: str, tmp_path: Path) -> None:
    (tmp_path / "variables.json").write_text('{"country": "SYR", "kinds": []}', "utf-8")
    told = lines(run(aleppo, query, "--operation", "Named", "--variables", f"@{tmp_path / 'variables.json'}"))
    assert "-- $2   text    'SYR'" in told


def test_an_address_is_explained_too_and_run_only_to_be_analyzed(aleppo: Instance) -> None:
    told = lines(run(aleppo, "/v1/events?started_on.gte=2024-11-27&limit=3"))
    assert [line for line in told if line.startswith("-- $")] == ["-- $1   bigint  '3'", "-- $2   date    '2024-11-27'"]
    told = lines(run(aleppo, "--analyze", "/v1/events?started_on.gte=2024-11-27&limit=3"))
    assert any("actual time" in line for line in told) and any("Buffers:" in line for line in told)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["/v1/events?contry=SYR"], 1, "Error: contry: events have no field 'contry'; did you mean country, count (unknown-argument)\n"),
        (["/v1/evnts"], 1, "Error: there is nothing at /v1/evnts; did you mean /v1/events, "),
        (["/v1/events?revision=9"], 1, "Error: there is no revision 9; the newest is 1 (no-such-revision)\n"),
        (["/v1/events.csv"], 1, "explain the same URL without its suffix\n"),
        (["/v1/events", "--operation", "Named"], 1, "Error: --variables and --operation are only for GraphQL documents; write the values into the URL\n"),
        (["nothing.graphql"], 1, "Error: nothing.graphql: cannot be read: No such file or directory; give the name of a file with a GraphQL document"),
        (["{query}"], 1, "Error: operationName: the document has several operations; name one of Named, Other (bad-request)\n"),
        (["{query}", "--operation", "None"], 1, "Error: Unknown operation named \"None\". (bad-request)\n"),
        (["{query}", "--operation", "Named", "--variables", "{"], 1, "Error: --variables: is not valid JSON: "),
        (["{query}", "--operation", "Named", "--variables", "@none.json"], 1, "give the name of a JSON file after the @, or the JSON itself\n"),
        (["{query}", "--operation", "Named", "--variables", '{"country": "XX"}'], 1, "Error: 1:13: Variable '$country' has invalid value"),
        ([], 2, "Missing argument 'QUERY'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_as_the_api_words_it(aleppo: Instance, query: str, words: list[str], code: int, what: str) -> None:
    done = run(aleppo, *(word.format(query=query) if word == "{query}" else word for word in words))
    assert done.exit_code == code
    assert what in done.stderr, done.stderr
    assert done.stdout == ""


def test_a_document_that_is_no_graphql_is_refused_where_it_goes_wrong(aleppo: Instance, tmp_path: Path) -> None:
    (tmp_path / "wrong.graphql").write_text("{ events {\n nods { name } } }", "utf-8")
    done = run(aleppo, str(tmp_path / "wrong.graphql"))
    assert done.exit_code == 1
    assert done.stderr.endswith(
        "Error: 2:2: Cannot query field 'nods' on type 'EventConnection'. Did you mean 'nodes'? (graphql-invalid)\n"
    )


@pytest.mark.parametrize("name", QUESTIONS)
async def test_it_explains_the_very_statement_that_answers(aleppo: Instance, name: str) -> None:
    if name in DOCUMENTS:
        await aleppo.graphql(DOCUMENTS[name])
    else:
        await aleppo.get(QUESTIONS[name].url)
    statement, revision = await explain.statement(aleppo.app, QUESTIONS[name])
    assert revision == 1
    pool = aleppo.app.state.store.pool.connections
    held = set()
    for holder in pool._holders:  # Every connection has prepared what it was asked.
        if holder._con is not None:
            held |= {row["statement"] for row in await holder._con.fetch("select statement from pg_prepared_statements")}
    assert statement.text in held


async def test_the_application_answers_on_after_it_explained(aleppo: Instance) -> None:
    await explain.statement(aleppo.app, QUESTIONS["deep"])
    assert (await aleppo.graphql("{ events { totalCount } }"))["events"]["totalCount"] > 0


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_statement_laid_out_is_the_same_statement(aleppo: Instance, name: str) -> None:
    statement, _ = await explain.statement(aleppo.app, QUESTIONS[name])
    laid = pretty(statement.text)
    assert [word for word in TOKEN.findall(laid) if not word.isspace()] == [
        word for word in TOKEN.findall(statement.text) if not word.isspace()
    ]
    connection = await asyncpg.connect(aleppo.read_url)
    try:
        plain, shown = [await connection.fetchrow(text, *statement.arguments) for text in (statement.text, laid)]
    finally:
        await connection.close()
    assert plain == shown
    assert "".join(TOKEN.findall(laid)) == laid, "the tokens are all of the text"


def test_a_layout_shows_what_holds_what() -> None:
    text = "select '{' || '\"a\":' || (select count(*) from a where a.b = any(array(select 1 union all select 2)) and a.c in (1, 2) order by d) || '}' from b left join c on true"
    assert (
        pretty(text)
        == """\
select '{' ||
  '"a":' || (
    select count(*)
    from a
    where a.b = any(array(
      select 1
      union all
      select 2
    ))
      and a.c in (1, 2)
    order by d
  ) || '}'
from b
  left join c on true"""
    )
