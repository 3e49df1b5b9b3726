"""Every example in the README and in docs/queries.md is run, every address in docs/using-it-with.md is requested, and every setting is documented."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import re
import shlex
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import MEANINGS, Settings

from .conftest import ROOT, Instance

README, QUERIES, OPERATING = ROOT / "README.md", ROOT / "docs" / "queries.md", ROOT / "docs" / "operating.md"
USING = ROOT / "docs" / "using-it-with.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)


def examples(page: Path) -> Iterator[tuple[str, str, str, str]]:
    """Each GraphQL document and each curl command of a page, with the language and text of the code block that follows it."""
    blocks = [*BLOCK.findall(page.read_text("utf-8")), ("", "")]
    for (language, text), (next_language, next_text) in itertools.pairwise(blocks):
        if language == "graphql" or text.startswith("curl "):
            yield language, text, next_language, next_text


EXAMPLES = [example for page in (README, QUERIES) for example in examples(page)]


def test_both_pages_have_their_examples() -> None:
    assert len([*examples(README)]) == 4
    assert len([*examples(QUERIES)]) == 17
    assert len(re.findall(r"^\*\*\d+\. ", QUERIES.read_text("utf-8"), re.M)) == 10


@pytest.mark.parametrize(("language", "text", "response_language", "expected"), EXAMPLES)
async def test_an_example_gets_the_response_that_is_printed(
    aleppo: Instance, language: str, text: str, response_language: str, expected: str
) -> None:
    if language == "graphql":
        assert await aleppo.graphql(text) == json.loads(expected)
        return
    for line in text.splitlines():
        url = shlex.split(line)[1].removeprefix("http://127.0.0.1:8000")
        response = await aleppo.client.get(url)
        assert response.status_code == 200
        if ".geojson" in url:
            assert {feature["type"] for feature in response.json()["features"]} == {"Feature"}
        elif response_language == "csv":
            assert response.text.replace("\r\n", "\n") == expected
        else:
            assert response.json() == json.loads(expected)


HOW_TO_ASK = re.findall(
    r"^\| ([^|]+) \|([^|]*)\| ([^|]+) \|$", README.read_text("utf-8").partition("## How to ask")[2].partition("\n## ")[0], re.M
)[2:]


@pytest.mark.parametrize(("need", "graphql", "rest"), HOW_TO_ASK, ids=[need for need, _, _ in HOW_TO_ASK])
async def test_each_row_of_how_to_ask_is_answered_by_both_alike(aleppo: Instance, need: str, graphql: str, rest: str) -> None:
    """Where both have a list, it has as many records; nothing that is asked for is empty, but what is withheld."""
    addresses = [text for text in re.findall(r"`([^`]+)`", rest) if text.startswith("/")]
    assert addresses or need == "more than a page"
    answers = [await aleppo.client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    if not graphql.strip() or not addresses:
        assert all(answer.text.count("\n") > 1 for answer in answers)  # A file has more than a header.
        return
    (field,) = re.findall(r"`([^`]+)`", graphql)
    name = field.partition("(")[0].split()[0]
    selection = {"withheld": "{ records }", "totals": "{ rows { low } }", "claim": "{ id }", "figure": "{ id }"}.get(
        name, "{ nodes { id } }"
    )
    found = (await aleppo.graphql(f"{{ {field.replace('{…}', '{ id }' if name == 'snapshot' else selection)} }}"))[name]
    document = answers[0].json()
    if isinstance(document["data"], list) and name != "snapshot":
        assert len(found if name == "withheld" else found.get("nodes", found.get("rows"))) == len(document["data"])
    assert document["data"] or name == "withheld"


async def test_the_program_of_twelve_lines_prints_what_its_page_says(aleppo: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number, its words and its citation, by the standard library alone. The addresses of the page are answered, too."""
    page = (ROOT / "docs" / "tools.md").read_text("utf-8")
    ((program, printed),) = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", page, re.S)
    assert len([line for line in program.splitlines() if line]) <= 12
    loop = asyncio.get_running_loop()

    def urlopen(url: str) -> io.BytesIO:
        return io.BytesIO(asyncio.run_coroutine_threadsafe(aleppo.client.get(url), loop).result().content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        await asyncio.to_thread(exec, program, {})
    assert output.getvalue() == printed
    for address in re.findall(r"`(/v1/[^`]+)`", page):
        assert (await aleppo.client.get(address)).status_code == 200, address


async def test_every_address_for_other_programs_is_answered(aleppo: Instance) -> None:
    page = USING.read_text("utf-8")
    addresses = set(re.findall(r"(?:`|http://127.0.0.1:8000|https://example.org)(/v1/[^`\"'\s]+)", page))
    assert {Path(address.partition("?")[0]).suffix for address in addresses} == {".csv", ".xlsx", ".parquet", ".geojson"}
    for address in addresses:
        assert (await aleppo.client.get(address)).status_code == 200, address


def test_every_setting_is_documented() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| .*? \| (.*?) \|$", OPERATING.read_text("utf-8"), re.M))
    assert table == {name.upper(): meaning for name, meaning in MEANINGS.items()}
    assert set(MEANINGS) == set(Settings.__dataclass_fields__)


def test_the_readme_stays_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) < 300


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
        if not target.startswith(("http", "<")) and not (page.parent / target).exists()
    ]
    assert not broken


MODULES = [
    str(path.relative_to(ROOT))
    for folder in ("api", "schema", "migrations", "fixtures", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
]


def modules_named(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each name of a module in a text, and the modules that it may mean: with or without a folder, beside the folder that its line names last, or anywhere."""
    for line in text.splitlines():
        last = ""
        for folder, name in re.findall(r"`((?:\w+/)*)(\w+\.py)?`", line):
            last = folder or last
            if name:
                beside = [path for path in MODULES if path == f"{last}{name}"]
                yield f"{folder}{name}", beside or [path for path in MODULES if f"/{path}".endswith(f"/{folder}{name}")]


def test_every_module_that_a_page_names_exists_and_is_the_only_one_of_that_name() -> None:
    named = [(page.name, *found) for page in (README, *(ROOT / "docs").rglob("*.md")) for found in modules_named(page.read_text("utf-8"))]
    assert len(named) > 100
    assert [one for one in named if len(one[2]) != 1] == []


def test_a_name_of_several_modules_needs_their_folder() -> None:
    (_, several), (_, one), (_, beside), (_, none) = modules_named(
        "`totals.py`\n`rest/totals.py`\n`api/query/`, `totals.py`\n`graphql/openapi.py`"
    )
    assert len(several) > 1 and (one, beside, none) == (["api/rest/totals.py"], ["api/query/totals.py"], [])
