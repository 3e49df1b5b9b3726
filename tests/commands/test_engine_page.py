"""What docs/engine.md shows is what is asked, compiled and answered today."""

from __future__ import annotations

import base64
import json
import re

import pytest

from api.commands import explain
from api.sql.pretty import pretty

from ..conftest import ROOT, Instance

PAGE = (ROOT / "docs" / "engine.md").read_text("utf-8")
[WALKED] = re.findall(r"```graphql\n(.*?)```", PAGE, re.S)
[STATEMENT, *PARTS] = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
[CURSOR] = re.findall(r'^`(\["-started_on,.*)`\. ', PAGE, re.M)
[ANSWERED] = re.findall(r"```json\n(.*?)```", PAGE, re.S)
NEWEST = "where: {country: {eq: $country}}, orderBy: [{startedOn: DESC}], first: 2"
# What the other pieces of SQL are pieces of, in the order of the page.
QUESTIONS = {
    "as of": f"query ($country: Country!) {{ snapshot(revision: 0) {{ events({NEWEST}) {{ nodes {{ name location {{ name }} }} }} }} }}",
    "held": f"query ($country: Country!) {{ snapshot(revision: 0) {{ events({NEWEST}) {{ nodes {{ location {{ name }} }} }} }} }}",
    "cursors": f"query ($country: Country!, $after: String) {{ events({NEWEST}, after: $after) {{ nodes {{ name }} }} }}",
    "provenance": """{ event(id: "aleppo-offensive-2024") { provenance {
        name { claims { value source { title } } } startedOn { origins claims { value source { title } } } } } }""",
}


def _squeezed(text: str) -> str:
    """On one line; all columns of a table, what its rows hold, and what adds up the bytes of texts are left out, as the page leaves them out."""
    shown = re.sub(r"select key, id, .+? (from \w+ where added_in)", r"select … \1", " ".join(text.split()))
    shown = re.sub(r"\(case when coalesce\(octet_length\([^|]+? else '' end else '' end \|\| ('[^']*')\)", r"\1", shown)
    return re.sub(r"select \(packed\)\.key, .+? from \(", "select … from (", shown)


async def _compiled(instance: Instance, document: str) -> str:
    after = base64.urlsafe_b64encode(CURSOR.encode()).decode().rstrip("=")
    question = explain.document(document, {"country": "SYR", "after": after})
    return pretty((await explain.statement(instance.app, question))[0].text)


async def test_the_question_becomes_the_statement_that_is_shown(aleppo: Instance) -> None:
    assert await _compiled(aleppo, WALKED) == STATEMENT.partition("\n\n-- $1")[0]


@pytest.mark.parametrize(("name", "part"), list(zip(QUESTIONS, PARTS, strict=True)))
async def test_other_questions_become_statements_with_the_parts_that_are_shown(aleppo: Instance, name: str, part: str) -> None:
    assert _squeezed(part) in _squeezed(await _compiled(aleppo, QUESTIONS[name]))


async def test_the_answer_is_the_one_that_is_shown(aleppo: Instance) -> None:
    response = await aleppo.client.post("/graphql", json={"query": WALKED, "variables": {"country": "SYR"}})
    assert ANSWERED.rstrip() in response.text
    assert json.loads(ANSWERED) == response.json()["data"]["events"]["nodes"][6]
