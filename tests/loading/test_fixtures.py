"""All problems of the files of a collection are reported together, as `file:line, field: what`; valid values are kept exactly."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadFixtures, LoadRefused
from api.loading.fixture_files import collection_folders
from api.loading.fixtures import Collection, clickable, read_collections
from api.loading.problems_found import refuse
from schema.formats.flags import FLAGS
from schema.kinds import KINDS
from schema.model.claim import CLAIM_FIELDS, Claim
from schema.model.kind import Kind

from ..conftest import ROOT, source
from ..support.properties import examples

EVENTS = "id,source,name,kind,started_on,ended_on,part_of\n"
FIGURES = "id,source,event,measure,low,best,high\n"
PAPER = source("paper")
EVENT = PAPER + "claims:\n  events:\n    - id: e\n      name: An event\n      kind: battle\n"
SHAPE = re.compile(r"[^:\n]+:\d+(, (\w+|'.+'|\".+\"))?: \S.*")


class Folder:
    """The collection `test` as files, and the result of checking it."""

    def __init__(self, path: Path) -> None:
        self.path = path / "test"
        self.path.mkdir(exist_ok=True)

    def write(self, **files: str | bytes) -> Folder:
        """Files by name, `_` for the dot before the ending."""
        for name, content in files.items():
            path = self.path / re.sub(r"_(yaml|csv|ndjson)(_gz)?$", lambda m: f".{m[1]}" + (".gz" if m[2] else ""), name)
            data = content.encode() if isinstance(content, str) else content
            path.write_bytes(gzip.compress(data) if name.endswith("_gz") else data)
        return self

    def read(self) -> Collection:
        (found,) = read_collections(KINDS, collection_folders(self.path))
        found.checked.settle_references({})
        return found

    def problems(self) -> list[str]:
        """As a load would print them; each of them in the one shape."""
        try:
            refuse(self.read().checked.problems)
        except LoadRefused as refused:
            *found, last = str(refused).splitlines()
            assert last == f"load refused: {len(found)} problem{'s' * (len(found) > 1)}; nothing was written"
            assert all(map(SHAPE.fullmatch, found)), found
            return found
        return []

    def claims(self) -> list[Claim]:
        assert self.problems() == []
        return self.read().checked.claims


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def claim_of(text: str) -> str:
    """A document with one claim about an event, to which these lines are added; they start at line 10."""
    return EVENT + "".join(f"      {line}\n" for line in text.splitlines())


YAML: dict[str, tuple[str, list[str]]] = {
    "an unknown source": (
        PAPER + "catalogue: papr\n",
        ["test/a.yaml:5, source: there is no source 'papr'; did you mean paper, or add a claim that describes it"],
    ),
    "a reference to nothing": (
        claim_of("part_of: ee"), ["test/a.yaml:10, part_of: there is no event 'ee'; did you mean e, or add a claim that describes it"]
    ),
    "a list with a reference to nothing": (
        claim_of("quoted_from: [paper, office]"), ["test/a.yaml:10, quoted_from: there is no source 'office'; use one of paper, or add a claim that describes it"],
    ),
    "a reference to a kind that nothing describes": (
        claim_of("location: aleppo"), ["test/a.yaml:10, location: there is no location 'aleppo'; add a claim that describes that location"],
    ),
    "a value outside its vocabulary": (
        claim_of("violence: nonstate"), ["test/a.yaml:10, violence: 'nonstate' is not in the vocabulary violence; did you mean non_state? The codes are state_based, non_state, one_sided"],
    ),
    "a mapping for a record": (
        claim_of("original: {a: 1}"),
        ["test/a.yaml:10, original: must be a JSON object as text in YAML, for example '{\"a\": 1}', not a mapping"],
    ),
    "a bad date": (claim_of("started_on: 2024-11-31"), ["test/a.yaml:10, started_on: 2024-11-31 is not in the calendar"]),
    "a date of another form": (claim_of("ended_on: 27 Nov 2024"), ["test/a.yaml:10, ended_on: must be a date such as 2024-11-27, not '27 Nov 2024'"]),
    "an unknown field": (claim_of("startd_on: 2024-11-27"), ["test/a.yaml:10, startd_on: is not a field of event; did you mean started_on, part_of"]),
    "a duplicate key": (claim_of("name: Another"), ["test/a.yaml:10, name: is given twice, first in line 8; keep one"]),
    "a duplicate section": (
        EVENT + "  events: []\n", ["test/a.yaml:10, events: is given twice, first in line 6; keep one"]
    ),
    "a duplicate claim": (
        EVENT + "    - {id: e, summary: Again.}\n",
        ["test/a.yaml:10, id: event e has the same claim by paper at test/a.yaml:7; merge the two, or give each its own locator"],
    ),
    "a duplicate claim, if an empty list of credits equals none": (
        EVENT + "    - {id: e, summary: Again., quoted_from: []}\n",
        ["test/a.yaml:10, id: event e has the same claim by paper at test/a.yaml:7; merge the two, or give each its own locator"],
    ),
    "a nested value": (claim_of("summary: {en: Text}"), ["test/a.yaml:10, summary: must be text, not a mapping"]),
    "a list for a text": (claim_of("summary: [a, b]"), ["test/a.yaml:10, summary: must be text, not the list ['a', 'b']"]),
    "a list in a list": (claim_of("quoted_from: [[paper]]"), ["test/a.yaml:10, quoted_from: must be text, not a mapping"]),
    "a thousand with a comma": (
        EVENT + "  figures:\n    - {id: f, event: e, measure: killed, best: '14,000'}\n",
        ["test/a.yaml:11, best: must be a number, not '14,000'; write 14000, or 14 if it is a decimal comma"],
    ),
    "not a number": (
        EVENT + "  figures:\n    - {id: f, event: e, measure: killed, best: .nan, low: -.inf, high: NaN}\n",
        [
            "test/a.yaml:11, best: must be a number, not '.nan'; write it in digits, or leave it out if it is not known",
            "test/a.yaml:11, high: must be a finite number, not NaN",
            "test/a.yaml:11, low: must be a number, not '-.inf'; write it in digits, or leave it out if it is not known",
        ],
    ),
    "an id with odd characters": (
        EVENT.replace("id: e\n", "id: e/1?\n"), ["test/a.yaml:7, id: must be an id of letters, digits, '-', '_' and '.', at most 128 of them, not 'e/1?'"]
    ),
    "a claim without an id": (
        PAPER + "claims:\n  events:\n    - name: An event\n", ["test/a.yaml:7, id: is missing; give the record an id that will never change"]
    ),
    "a claim that claims nothing": (
        EVENT + "    - {id: e, note: Hm.}\n    - {}\n",
        [
            f"test/a.yaml:10: claims nothing about event e; give at least one of {', '.join(KINDS['event'].fields)}",
            "test/a.yaml:11, id: is missing; give the record an id that will never change",
        ],
    ),
    "missing required fields": (
        PAPER + "claims:\n  events:\n    - {id: e, summary: Text.}\n    - {id: e2, name: Two, kind: battle, rank: deprecated}\n",
        [
            "test/a.yaml:7, kind: event e has no kind, and every event needs one",
            "test/a.yaml:7, name: event e has no name, and every event needs one",
            "test/a.yaml:8, kind: event e2 has no kind, and every event needs one",
            "test/a.yaml:8, name: event e2 has no name, and every event needs one",
        ],
    ),
    "a source without an id": (
        EVENT.replace('  id: "paper"\n', ""), ["test/a.yaml:2, id: is missing; give the source an id that will never change"]
    ),
    "a source with a bad id": (
        EVENT.replace('"paper"', '"the paper"', 1),
        [
            f"test/a.yaml:2, {name}: must be an id of letters, digits, '-', '_' and '.', at most 128 of them, not 'the paper'" for name in ("id", "source")
        ],
    ),
    "a source that names its source": (
        PAPER + "  source: other\n", ["test/a.yaml:5, source: is the document itself; if another source describes it, name that one as `catalogue`"]
    ),
    "a claim that names its source": (claim_of("source: other"), ["test/a.yaml:10, source: is given by the document; remove it"]),
    "no source": ("claims: {}\n", ["test/a.yaml:1, source: is missing; say which source this file describes"]),
    "an unknown part": (PAPER + "claim:\n", ["test/a.yaml:5, claim: is not a key of a source document; did you mean claims"]),
    "an unknown kind": (PAPER + "claims:\n  event:\n    - {id: e}\n", ["test/a.yaml:6, event: is not a kind; did you mean events"]),
    "claims that are a list": (PAPER + "claims:\n  - {id: e}\n", ["test/a.yaml:6: must be claims: a mapping of lists, one for each kind in the plural"]),
    "a section that is not a list": (PAPER + "claims:\n  events: {id: e}\n", ["test/a.yaml:6, events: must be a list of claims, each starting with a dash"]),
    "a claim that is a text": (PAPER + "claims:\n  events:\n    - e\n", ["test/a.yaml:7: must be a claim about a record of kind event"]),
    "a key that is a list": (PAPER + "? [a, b]\n: c\n", ["test/a.yaml:5: must be a name, not a list or a mapping, before the colon"]),
    "a merge key": (PAPER + "claims:\n  events:\n    - &e {id: e, name: E, kind: battle}\n    - {<<: *e, id: f}\n",
                    ["test/a.yaml:8, '<<': is not a field of event; there are 25, listed in the data dictionary"]),
    "an empty file": ("", ["test/a.yaml:1: must be a source document: a mapping with `source` and `claims`"]),
    "only a comment": ("# nothing\n", ["test/a.yaml:1: must be a source document: a mapping with `source` and `claims`"]),
    "a text": ("nothing", ["test/a.yaml:1: must be a source document: a mapping with `source` and `claims`"]),
    "two documents": (PAPER + "---\n" + PAPER, ["test/a.yaml:5: is not valid YAML: but found another document"]),
    "invalid YAML": ("source: [\n\n  a: b\n", ["test/a.yaml:4: is not valid YAML: expected ',' or ']', but got '<stream end>'"]),
    "a tab": ("source:\n\tid: a\n", ["test/a.yaml:2: contains a tab, which YAML allows only between quotation marks; use spaces"]),
    "an unknown alias": (PAPER + "claims: *none\n", ["test/a.yaml:5: is not valid YAML: found undefined alias 'none'"]),
    "a NUL": ("source:\n  id: a\n  title: b\0c\n", ["test/a.yaml:3: is not valid YAML: it cannot contain the character U+0000; remove it"]),
    "a NUL, escaped": (PAPER.replace("Title of", "Title\\0of"), ["test/a.yaml:3, title: contains a NUL character, which PostgreSQL cannot store; remove it"]),
    "half a character": (
        PAPER.replace("Title of", "\\ud83d"),
        ["test/a.yaml:3, title: contains half a surrogate pair, such as JSON's \\ud83d without its second half; write the character itself"],
    ),
    "an escape beyond Unicode": (PAPER.replace("Title of", "\\UFFFFFFFF"), ["test/a.yaml:1: is not valid YAML: the number of an escape, such as \\U0010FFFF, or of a directive is out of range"]),
    "deep nesting": ("source: " + "[" * 5000, ["test/a.yaml:1: is nested too deeply; a source document has four levels"]),
    "part of itself": (claim_of("part_of: e"), ["test/a.yaml:10, part_of: forms a cycle: e → e; remove one of these links"]),
    "two cycles": (
        PAPER + "claims:\n  events:\n" + "".join(
            f"    - {{id: {id}, name: N, kind: battle, part_of: {of}}}\n" for id, of in ("ab", "bc", "ca", "de", "ed", "fa")
        ),
        ["test/a.yaml:7, part_of: forms a cycle: a → b → c → a; remove one of these links",
         "test/a.yaml:10, part_of: forms a cycle: d → e → d; remove one of these links"],
    ),
    "relays in a cycle": (
        source("paper", relays=["other"]) + 'claims:\n  sources:\n    - {id: other, title: O, kind: post, relays: [third, paper]}\n'
        "    - {id: third, title: T, kind: post}\n",
        ["test/a.yaml:5, relays: forms a cycle: paper → other → paper; remove one of these links"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problems"), YAML.values(), ids=YAML)
def test_a_document_is_refused_with_file_line_and_field(folder: Folder, text: str, problems: list[str]) -> None:
    assert folder.write(a_yaml=text).problems() == problems


CSV: dict[str, tuple[str, list[str]]] = {
    "an empty file": ("", ["test/events.csv:1: is empty; give at least a header row"]),
    "an unknown column": (
        "id,source,name,kind,colour\ne,paper,N,battle,red\nf,paper,N,battle,blue\n",
        ["test/events.csv:1, colour: is not a field of event; did you mean country"],
    ),
    "a column twice": ("id,source,name,kind,name\ne,paper,N,battle,M\n", ["test/events.csv:1, name: is the name of two columns; keep one"]),
    "a column without a name": (
        "id,source,name,kind,\ne,paper,N,battle,x\n", ["test/events.csv:1: a column has no name; name it or remove it"]
    ),
    "no column of sources": ("id,name,kind\ne,N,battle\nf,N,battle\n", ["test/events.csv:1, source: is missing: every table needs this column"]),
    "a ragged row": (
        EVENTS + "e,paper,N,battle,,\nf,paper,N,battle,,,,\n",
        ["test/events.csv:2: has 6 cells where the header has 7", "test/events.csv:3: has 8 cells where the header has 7"],
    ),
    "an unknown source": (EVENTS + "e,other,N,battle,,,\n", ["test/events.csv:2, source: there is no source 'other'; use one of paper, or add a claim that describes it"]),
    "a missing id": (EVENTS + ",paper,N,battle,,,\n", ["test/events.csv:2, id: is missing; give the record an id that will never change"]),
    "a bad cell after a quoted newline": (
        EVENTS + '\n\ne,paper,"A\n\nname",battle,,,\n,,,,,,\nf,paper,"B\r\nname",battle,yesterday,,\n',
        ["test/events.csv:8, started_on: must be a date such as 2024-11-27, not 'yesterday'"],
    ),
    "a quotation mark that does not end": (
        EVENTS + 'e,paper,N,battle,,,\nf,paper,"N,battle,,,\ng,paper,N,battle,,,\n',
        ["test/events.csv:3: is not valid CSV, in the row that begins here: unexpected end of data"],
    ),
    "text after a quotation mark": (
        EVENTS + 'f,paper,"N"M,battle,,,\n', ["test/events.csv:2: is not valid CSV, in the row that begins here: ',' expected after '\"'"]
    ),
    "a cell without end": (
        EVENTS + f"f,paper,{'N' * 140_000},battle,,,\n", ["test/events.csv:2: is not valid CSV, in the row that begins here: field larger than field limit (131072)"]
    ),
    "a NUL": (EVENTS + "e,paper,A\0B,battle,,,\n", ["test/events.csv:2, name: contains a NUL character, which PostgreSQL cannot store; remove it"]),
    "the same row twice": (
        EVENTS + "e,paper,N,battle,,,\n" * 2,
        ["test/events.csv:3, id: event e has the same claim by paper at test/events.csv:2; merge the two, or give each its own locator"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problems"), CSV.values(), ids=CSV)
def test_a_table_is_refused_with_file_line_and_field(folder: Folder, text: str, problems: list[str]) -> None:
    assert folder.write(paper_yaml=PAPER, events_csv=text).problems() == problems


NDJSON: dict[str, tuple[str, list[str]]] = {
    "invalid JSON": ('\n{"id": "f",}\n', ["test/figures.ndjson:2: is not valid JSON: Illegal trailing comma before end of object"]),
    "a list": ("[]\n", ["test/figures.ndjson:1: must be a JSON object, one per line"]),
    "a name twice": ('{"id": "f", "id": "g"}\n', ["test/figures.ndjson:1: is not valid JSON: the name id occurs twice in one object"]),
    "NaN": ('{"id": "f", "best": NaN}\n', ["test/figures.ndjson:1: is not valid JSON: NaN is not a number in JSON"]),
    "Infinity": ('{"id": "f", "best": -Infinity}\n', ["test/figures.ndjson:1: is not valid JSON: -Infinity is not a number in JSON"]),
    "a number beyond all bounds": (
        '{"id": "f", "best": 1e99999999999999999999}\n', ["test/figures.ndjson:1: is not valid JSON: it contains a number that is out of range"]
    ),
    "a number beyond our bounds": (
        '{"id": "f", "source": "paper", "best": 1e400}\n',
        ["test/figures.ndjson:1, best: is out of range: 1E+400; at most 18 digits before the point"],
    ),
    "deep nesting": ('{"id": ' + "[" * 100_000 + "\n", ["test/figures.ndjson:1: is nested too deeply; a claim is one flat object"]),
    "half a character": (
        '{"id": "f", "source": "paper", "event": "e", "note": "\\ud83d"}\n',
        ["test/figures.ndjson:1, note: contains half a surrogate pair, such as JSON's \\ud83d without its second half; write the character itself"],
    ),
    "a boolean for a number": (
        '{"id": "f", "source": "paper", "best": true}\n', ["test/figures.ndjson:1, best: must be a number, not the boolean true"]
    ),
    "a boolean for a code": (
        '{"id": "f", "source": "paper", "unit": false}\n', ["test/figures.ndjson:1, unit: must be a code of unit, not the boolean false"]
    ),
    "a number for an id": ('{"id": 7, "source": "paper", "best": 1}\n', ["test/figures.ndjson:1, id: must be text, not the int 7; put it between quotation marks"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "problems"), NDJSON.values(), ids=NDJSON)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_ndjson_is_refused_with_file_line_and_field(folder: Folder, text: str, problems: list[str], packed: bool) -> None:
    if packed:
        found = folder.write(paper_yaml=PAPER, figures_ndjson_gz=text).problems()
        problems = [one.replace(".ndjson:", ".ndjson.gz:") for one in problems]
    else:
        found = folder.write(paper_yaml=PAPER, figures_ndjson=text).problems()
    # Python 3.13 words the mistakes of JSON otherwise.
    assert found == problems or ("is not valid JSON" in problems[0] and found[0].split(" is ")[0] == problems[0].split(" is ")[0])


def test_all_problems_of_all_files_are_reported_together(folder: Folder) -> None:
    folder.write(
        a_yaml=claim_of("part_of: nothing\nviolence: nonstate"),
        b_yaml="source: [",
        events_csv=EVENTS.encode() + b"e2,paper,caf\xe9,battle,,,\n",
        figures_csv=FIGURES + "f,paper,nowhere,killed,1,2,3\ng,paper,e,kiled,1,x,3\n",
        actors_ndjson='{"id": "a", "source": "paper"}\nnothing\n',
        colours_csv="id,source\n",
    )
    (folder.path / "locations.csv.gz").write_bytes(b"\x1f\x8b\x08\x00rubbish")
    (folder.path / "sources.csv.gz").write_bytes(gzip.compress(b"id,source\n" * 1000)[:-12])
    (folder.path / "participations.csv").symlink_to("/proc/self/mem")
    found = folder.problems()
    assert [one.split(": ")[0] for one in found] == [
        "test/a.yaml:11, violence", "test/actors.ndjson:1", "test/actors.ndjson:2", "test/b.yaml:1", "test/colours.csv:1", "test/events.csv:2",
        "test/figures.csv:2, event", "test/figures.csv:3, measure", "test/figures.csv:3, best",
        "test/locations.csv.gz:1", "test/participations.csv:1", "test/sources.csv.gz:1",
    ] or sorted(found) == found  # fmt: skip
    assert "test/events.csv:2: byte 0xe9 is not valid UTF-8; save the file as UTF-8" in found
    assert (
        "test/colours.csv:1: a table is named after its kind, in the plural; did you mean sources, locations" in found
        or "colours" in str(found)
    )
    for file in (
        "a.yaml",
        "actors.ndjson",
        "b.yaml",
        "events.csv",
        "figures.csv",
        "locations.csv.gz",
        "participations.csv",
        "sources.csv.gz",
    ):
        assert any(one.startswith(f"test/{file}:") for one in found), file


def test_consequences_of_a_problem_are_not_reported_separately(folder: Folder) -> None:
    """A record whose only claim is refused is neither missing nor incomplete."""
    folder.write(
        a_yaml=EVENT.replace("battle\n", "batle\n") + "    - {id: e, locator: p. 2, summary: Text.}\n",
        figures_csv=FIGURES + "f,paper,e,killed,1,2,3\n",
    )
    assert [one.split(": ")[0] for one in folder.problems()] == ["test/a.yaml:9, kind"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (EVENT.replace("      name", "\tname"), 1),
        (EVENT.replace("An event", "An\tevent"), 15),
        (EVENT.replace("kind: battle", "kind:\tbattle"), 12),
    ],
)
def test_a_tab_is_reported_as_a_tab_and_nothing_else_is(folder: Folder, text: str, column: int) -> None:
    """Whatever refers to the records of that file is not missing: nobody can say what the file describes."""
    folder.write(a_yaml=text, figures_csv=FIGURES + "f,paper,e,killed,1,2,3\n")
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "\t" in line)
    assert folder.problems() == [f"test/a.yaml:{line}: contains a tab, which YAML allows only between quotation marks; use spaces"]
    (problem,) = folder.read().checked.problems
    assert problem.place.column == column


def test_a_problem_is_clickable(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path leads to the file from the current folder, and its column to the value."""
    folder.write(
        a_yaml=claim_of("violence: nonstate") + "    - {id: e, violence: non_state}\n", b_ndjson="", figures_ndjson='{"id": "f",}\n'
    )
    files = ["test/a.yaml", "test/figures.ndjson"]
    problems = folder.read().checked.problems
    monkeypatch.chdir(folder.path)
    shown = [clickable(problem, [folder.path], files) for problem in problems]
    assert any(line.startswith("a.yaml:10:7: violence: 'nonstate'") for line in shown), shown
    assert any(line.startswith("figures.ndjson:1:1") for line in shown), shown
    monkeypatch.chdir("/")
    assert clickable(problems[0], [folder.path], files).startswith(str(folder.path.relative_to("/")))


def test_references_that_need_the_database_are_reported_with_the_other_problems(folder: Folder) -> None:
    found = folder.write(a_yaml=claim_of("part_of: nothing"), figures_csv=FIGURES + "f,paper,e,kiled,1,2,3\n").problems()
    assert [one.split(": ")[0] for one in found] == ["test/a.yaml:10, part_of", "test/figures.csv:2, measure"]


def test_a_byte_order_mark_is_not_part_of_the_first_name(folder: Folder) -> None:
    bom = "\ufeff"
    folder.write(
        paper_yaml=bom + PAPER,
        events_csv=bom + EVENTS + "e,paper,N,battle,,,\n",
        actors_ndjson_gz=bom + '{"id": "a", "source": "paper", "name": "A", "kind": "unknown"}',
    )
    assert [claim.id for claim in folder.claims()] == ["a", "e", "paper"]


def test_words_that_other_programs_read_as_values_stay_text(folder: Folder) -> None:
    names = ["no", "NA", "yes", "off", "1e3", "007", "NaN", "2024-11-27", "0x1F", "1_000", "=1+1", "None", "true", "12:30:45", "nil"]
    folder.write(
        paper_yaml=PAPER
        + "claims:\n  events:\n"
        + "".join(f"    - {{id: y{n}, kind: other, name: {name}}}\n" for n, name in enumerate(names)),
        events_csv="id,source,name,kind\n" + "".join(f"c{n},paper,{name},other\n" for n, name in enumerate(names)),
    )
    kept = {claim.id: claim.values["name"] for claim in folder.claims() if claim.kind == "event"}
    assert kept == {f"{form}{n}": name for form in "cy" for n, name in enumerate(names)}


@pytest.mark.parametrize("nothing", ["null", "~", "", "Null"])
def test_a_null_claims_nothing_unless_it_is_quoted(folder: Folder, nothing: str) -> None:
    (_, event) = folder.write(a_yaml=claim_of(f"summary: {nothing}")).claims()
    assert "summary" not in event.values
    if nothing:
        (_, event) = folder.write(a_yaml=claim_of(f"summary: '{nothing}'")).claims()
        assert event.values["summary"] == nothing


@pytest.mark.parametrize("day", ["1753-09-14", "2919-01-01", "0001-01-01", "9999-12-31"])
def test_dates_in_the_distant_past_or_future_are_kept(folder: Folder, day: str) -> None:
    (_, event) = folder.write(a_yaml=claim_of(f"started_on: {day}")).claims()
    assert str(event.values["started_on"]) == day


def test_line_ends_within_a_cell_are_one_sort(folder: Folder) -> None:
    folder.write(paper_yaml=PAPER, events_csv=EVENTS.replace("\n", "\r\n") + 'e,paper,"A\nB\r\nC\u2028D",battle,,,\r\n')
    assert folder.claims()[0].values["name"] == "A\nB\nC\u2028D"


def test_an_alias_repeats_its_value_but_nested_aliases_are_refused(folder: Folder) -> None:
    (_, event) = folder.write(a_yaml=claim_of("name: &n The name\nsummary: *n").replace("      name: An event\n", "")).claims()
    assert event.values["summary"] == event.values["name"] == "The name"
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{of}'] * 9)}]\n" for of, name in zip("abcdefghijkl", "bcdefghijklm", strict=True)
    )
    begun = time.process_time()
    assert len(folder.write(a_yaml=PAPER + bomb).problems()) == 13
    assert len(folder.write(a_yaml=PAPER + "claims: &c\n  events: [*c]\n").problems()) == 2
    assert time.process_time() - begun < 10  # Expanded, the aliases would be billions of values.


@pytest.mark.parametrize("text", [EVENTS, "\n" + EVENTS.strip()], ids=["a header", "a header after a blank line"])
def test_a_table_without_rows_claims_nothing(folder: Folder, text: str) -> None:
    folder.write(paper_yaml=PAPER, events_csv=text.strip("\n"), actors_ndjson="\n\n", figures_csv=FIGURES + ",,,,,,\n\n  \n")
    assert [claim.kind for claim in folder.claims()] == ["source"]


def test_flagged_values_are_kept_and_reported(folder: Folder) -> None:
    folder.write(
        a_yaml=claim_of("started_on: 2024-12-01\nended_on: 2024-12-01"),
        figures_csv=FIGURES + "f,paper,e,killed,9,5,7\ng,paper,e,killed,3,,2\nh,paper,e,killed,1,1,1\n",
    )
    found = folder.read()
    assert folder.problems() == []
    assert [str(one) for one in found.checked.flagged] == [
        "test/figures.csv:2, low: 9 is above best 5; kept as the source has it",
        "test/figures.csv:3, low: 3 is above high 2; kept as the source has it",
    ]
    flags = [one.flag for one in found.checked.flagged]
    assert flags == ["low_above_best", "low_above_high"] and {*flags} <= {*FLAGS}
    figure = next(claim for claim in found.checked.claims if claim.id == "f")
    assert [figure.values[name] for name in ("low", "best", "high")] == [9, 5, 7]


def test_a_first_day_after_the_last_one_is_refused(folder: Folder) -> None:
    folder.write(a_yaml=claim_of("started_on: 2024-12-01\nended_on: 2024-11-01"))
    (problem,) = folder.problems()
    assert problem.startswith(
        "test/a.yaml:10, started_on: 2024-12-01, with ended_on 2024-11-01: the last day is before the first; correct one"
    )


def test_rival_claims_about_a_link_are_not_checked_for_cycles(folder: Folder) -> None:
    """Only links that all claims agree on are checked for cycles in files; the load checks what is settled of rival claims."""
    event = "{{id: {id}, name: N, kind: battle, part_of: {of}}}\n"
    one = (
        PAPER
        + "claims:\n  events:\n    - "
        + event.format(id="a", of="b")
        + "    - {id: b, name: N, kind: battle, part_of: c}\n    - {id: c, name: N, kind: battle}\n"
    )
    two = source("other") + "claims:\n  events:\n    - " + event.format(id="b", of="a")
    assert folder.write(one_yaml=one, two_yaml=two).problems() == []
    assert folder.write(two_yaml=two.replace("}", ", rank: deprecated}"), one_yaml=one.replace(", part_of: c", "")).problems() == []
    assert len(folder.write(two_yaml=two).problems()) == 1


def test_two_collections_may_make_the_same_claim(tmp_path: Path) -> None:
    """The database accepts them when they are loaded one after the other, so checking them together accepts them too."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "paper.yaml").write_text(PAPER)
    first, second = read_collections(KINDS, collection_folders(tmp_path))
    assert [len(one.checked.claims) for one in (first, second)] == [1, 1]
    assert first.checked.problems == []


def test_a_folder_without_fixtures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFixtures, match="has no fixtures"):
        collection_folders(tmp_path)
    with pytest.raises(BadFixtures, match=r"there is no file or folder .*none$"):
        collection_folders(tmp_path / "none")
    (tmp_path / "file.txt").touch()
    with pytest.raises(BadFixtures, match=r"file\.txt is not a folder"):
        collection_folders(tmp_path / "file.txt")


def test_hidden_files_are_ignored_and_extensions_may_be_upper_case(folder: Folder) -> None:
    (folder.path / ".git").mkdir()
    for name in (".git/events.csv", ".events.csv", "README.md", "notes.txt", "events.csv~"):
        (folder.path / name).write_text("not for us")
    (folder.path / "paper.YAML").write_text(PAPER)
    (folder.path / "events.CSV.GZ").write_bytes(gzip.compress((EVENTS + "e,paper,N,battle,,,\n").encode()))
    assert [claim.id for claim in folder.claims()] == ["e", "paper"]


@pytest.mark.parametrize("character", ["\f", "\v", "\x1e", "\x85", "\u2028"])
def test_a_problem_is_one_line_whatever_an_id_contains(folder: Folder, character: str) -> None:
    rows = f"e{character}f,paper,N,battle,,,\ng,paper,N,battle,,,ef\n"  # The second refers to nearly the id of the first.
    problems = folder.write(paper_yaml=PAPER, events_csv=EVENTS + rows).problems()
    assert len(problems) == 2 and character not in "".join(problems)


def test_ten_thousand_dangling_references_are_reported_in_seconds(folder: Folder) -> None:
    rows = "".join(f"e{n},paper,N,battle,,,nothing-{n}\n" for n in range(10_000))
    folder.write(paper_yaml=PAPER, events_csv=EVENTS + rows)
    begun = time.process_time()
    assert len(folder.problems()) == 10_000
    assert time.process_time() - begun < 30  # Each compared with every record, they would take minutes.


def test_the_fixtures_of_the_project_have_no_problems() -> None:
    found = read_collections(KINDS, collection_folders(ROOT / "fixtures"))
    found[0].checked.settle_references({})
    assert found[0].checked.problems == []
    assert sum(len(one.checked.claims) for one in found) > 100


LINE = json.dumps(
    {
        "id": "f",
        "source": "paper",
        "event": "e",
        "measure": "killed",
        "low": 1.0,
        "best": 2,
        "high": 3e2,
        "rank": "normal",
        "quoted_from": ["paper"],
    }
)
DOCUMENT = """\
# A comment: with a colon.
source:
  id: paper
  title: "The \\"paper\\" of record — № 1"
  kind: article
  published_on: 2024-11-30
  language: en
  redistributable: true
  reliability: B
  relays: [office, 'agency']
  note: >-
    Folded over
    two lines.
entered_by: The desk
claims:
  sources:
    - {id: office, locator: p. 1, title: "[Statement]", kind: statement}
    - {id: agency, locator: p. 2, title: No, kind: agency_report}
  locations:
    - {id: aleppo, name: Aleppo, native_name: حلب, kind: settlement, country: SYR, latitude: 36.20124, longitude: 37.16117, geonames_id: 170063}
  events:
    - id: battle
      locator: paragraph 3
      name: A battle
      kind: battle
      started_on: 2024-11-27
      date_precision: 1
      location: aleppo
      summary: |
        One.
        Two: three.
  figures:
    - id: killed
      locator: paragraph 4
      attributed_to: monitoring groups
      quoted_from: [office]
      event: battle
      measure: killed
      low: 12.0
      best: 1e2
      rank: preferred
      credibility: 2
"""
PIECES = ["\n", " ", "  ", "- ", ": ", ",", "{", "}", "[", "]", '"', "'", "#", "|", ">", "&a ", "*a", "!!", "%", "@", "\t", "\0", "\ufeff", "\u2028", "\x85",
          "null", "no", "2024-13-01", "1e999", "é", "\\", "\\ud800", "🙂", "source", "id", "claims:", "---\n", "? ", "<<: "]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """A text with random damage: pieces inserted, removed, doubled or swapped."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 9)))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=3))
        text = draw(
            st.sampled_from([text[:at] + piece + text[at:], text[:at] + text[to:], text[:to] + text[at:], text[:at] + piece + text[to:]])
        )
    return text


def whole_or_located(folder: Folder, name: str, text: str) -> list[Claim]:
    """The claims of a file next to two valid ones; or none, and its problems, each at a line of the file."""
    data = text.encode("utf-8", "surrogatepass")
    folder.write(**{name: data})
    found = folder.read()
    if found.checked.problems:
        folder.problems()
        lines = data.count(b"\n") + data.count(b"\r") + text.count("\u2028") + text.count("\u2029") + text.count("\x85") + 1
        assert all(1 <= one.place.line <= max(lines, 60) for one in found.checked.problems)
        return []
    return found.checked.claims


def test_the_texts_that_are_damaged_below_are_valid(folder: Folder) -> None:
    folder.write(a_yaml=DOCUMENT, locations_csv=TABLE.replace("aleppo", "aleppo2"), figures_ndjson=LINE.replace('"e"', '"battle"'))
    assert len(folder.claims()) == 9


MANY = examples(25, nightly=150)


@MANY
@given(text=mutated(DOCUMENT))
def test_a_damaged_document_is_loaded_or_refused_with_a_place(folder: Folder, text: str) -> None:
    claims = whole_or_located(folder, "a_yaml", text)
    if claims:
        said = _scalars(yaml.load(text, Loader=yaml.BaseLoader))
        for claim in claims:
            for value in (*claim.values.values(), *claim.about.values()):
                for one in value if isinstance(value, tuple) else [value]:
                    assert str(one) in said or one == "front matter" or any(_same(one, other) for other in said), one


def _scalars(value: object) -> set[str]:
    """Every text of a YAML document, and the items of lists that are written as one text."""
    if isinstance(value, dict):
        return {text for item in value.values() for text in _scalars(item)}
    if isinstance(value, list):
        return {text for item in value for text in _scalars(item)}
    return {str(value).strip(), *(part.strip() for part in str(value).split("|"))}


def _same(value: object, text: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == text.lower()
    if isinstance(value, (int, float, Decimal)):
        return bool(re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d{1,3})?", text)) and Decimal(text) == Decimal(str(value))
    return False


TABLE = """\
id,source,locator,name,native_name,kind,country,part_of,latitude,longitude,geonames_id,note
syria,paper,"countries.json, SY",Syria,,country,SYR,,,,163843,The package gives no coordinates.
aleppo,paper,"cities500.json, ""170063""\nline 2",Aleppo,حلب,settlement,SYR,syria,36.20124,37.16117,170063,
"""


@MANY
@given(text=mutated(TABLE))
def test_a_damaged_table_is_loaded_or_refused_with_a_place(folder: Folder, text: str) -> None:
    folder.write(paper_yaml=PAPER)
    claims = whole_or_located(folder, "locations_csv", text)
    for claim, row in zip([one for one in claims if one.kind == "location"], [row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline="")) if any((cell or "").strip() for cell in row.values())], strict=True) if claims else ():  # fmt: skip
        told = {"id": claim.id, "source": claim.source, **claim.about, **claim.values}
        assert {name for name, cell in row.items() if cell.strip()} == set(told)
        for name, value in told.items():
            assert str(value) == row[name].strip() or _same(value, row[name].strip()), name


@MANY
@given(text=mutated(LINE + "\n" + LINE.replace('"f"', '"g"')))
def test_damaged_ndjson_is_loaded_or_refused_with_a_place(folder: Folder, text: str) -> None:
    folder.write(paper_yaml=EVENT)
    claims = [one for one in whole_or_located(folder, "figures_ndjson", text) if one.kind == "figure"]
    lines = (
        [json.loads(line, parse_float=Decimal) for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")) if line.strip()]
        if claims
        else []
    )
    for claim, line in zip(claims, lines, strict=True):
        told = {"id": claim.id, "source": claim.source, **claim.about, **claim.values}
        assert set(told) == {name for name, value in line.items() if value is not None}
        for name, value in told.items():
            same = value == (tuple(line[name]) if isinstance(line[name], list) else line[name])
            assert same or str(value) == str(line[name]).strip() or _same(value, str(line[name]).strip()), name


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_of_a_kind_is_checked_by_its_type(folder: Folder, kind: Kind) -> None:
    """A list that contains a number is not valid in any field."""
    folder.write(paper_yaml=PAPER)
    (folder.path / f"{kind.plural}.ndjson").write_text(
        "".join(json.dumps({"id": "r", "source": "paper", name: [7]}) + "\n" for name in (*kind.fields, *CLAIM_FIELDS))
    )
    found = [one.split(": ")[0] for one in folder.problems()]
    assert found == [f"test/{kind.plural}.ndjson:{n}, {name}" for n, name in enumerate((*kind.fields, *CLAIM_FIELDS), start=1)]


def test_the_order_of_claims_does_not_change_which_are_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    claims = [f"    - {{id: e{n}, name: N, kind: battle, part_of: e{n + 1}}}\n" for n in range(6)]
    claims[-1] = claims[-1].replace("part_of: e6", "part_of: e0")
    for seed in range(5):
        random.Random(seed).shuffle(claims)
        (found,) = folder.write(a_yaml=PAPER + "claims:\n  events:\n" + "".join(claims)).problems()
        assert "forms a cycle" in found
