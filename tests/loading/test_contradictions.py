"""A record is what one claim says it is: a source that contradicts itself is rejected, and claims about something else give it nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.__main__ import main
from api.errors import LoadRefused
from api.loading.change import Change
from api.loading.collections import load, retract
from api.loading.files import LoadOptions, load_files
from api.loading.fixture_files import collection_folders
from api.loading.fixtures import read_collections
from api.loading.undo import undo
from schema.fixtures.other_things import other_things
from schema.kinds import KINDS
from schema.model.kind import Kind

from ..conftest import Instance, source
from ..support.evidence import unfolded
from ..support.properties import NIGHTLY
from ..support.random_claims import REQUIRED_VALUES
from ..support.small_world import stored_record

EVENTS = """claims:
  events:
    - {id: a, name: A, kind: battle, country: SYR}
    - {id: b, name: B, kind: displacement, country: SDN}
"""
KILLED = "{id: f, locator: page 1, event: a, measure: killed, population: civilians, low: 12, high: 18, unit: people}"
DISPLACED = "{id: f, locator: page 9, event: b, measure: displaced, low: 20000, unit: people}"

ROW = "id,source,locator,event,measure,low,unit\nf,paper,page 9,b,displaced,20000,people\n"


def figures(*claims: str) -> str:
    return "  figures:\n" + "".join(f"    - {claim}\n" for claim in claims)


def test_check_names_both_claims_of_a_source_that_contradicts_itself(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.yaml").write_text(source("paper") + EVENTS + figures(KILLED, DISPLACED))
    problems = [str(problem) for problem in read_collections(KINDS, collection_folders(tmp_path))[0].checked.problems]
    assert problems == [
        "one/a.yaml:11, event: paper contradicts itself about figure f: b here, a at one/a.yaml:10; if these are two things, give one an id of "
        "its own; if not, correct one claim or mark it as deprecated",
        "one/a.yaml:11, measure: paper contradicts itself about figure f: displaced here, killed at one/a.yaml:10; if these are two things, "
        "give one an id of its own; if not, correct one claim or mark it as deprecated",
    ]


TOLD = [(kind, field.name) for kind in KINDS.values() for field in kind.told]
# Two values of each field that says what a record is, besides those that are of a kind's references.
VALUES = {
    "measure": ("displaced", "returned"), "population": ("civilians", "women"), "basis": ("flow", "stock"), "unit": ("people", "households"),
    "role": ("side_a", "target"), "country": ("SYR", "SDN"), "ucdp_id": ("1", "2"), "wikidata_id": ("Q1", "Q2"), "geonames_id": ("1", "2"),
    "url": ("https://a.org/", "https://b.org/"),
}  # fmt: skip
KINDS_OF = {"event": ("battle", "shelling"), "actor": ("state", "person"), "location": ("area", "site"), "source": ("post", "video")}


@pytest.mark.parametrize(("kind", "field"), TOLD, ids=[f"{kind.name}-{field}" for kind, field in TOLD])
@pytest.mark.parametrize("rank", ["normal", "deprecated"])
def test_every_field_that_says_what_a_record_is_is_compared(tmp_path: Path, kind: Kind, field: str, rank: str) -> None:
    one, other = VALUES.get(field) or (KINDS_OF[kind.name] if field == "kind" else ("r0", "r1"))
    claims = [
        {"id": "x", "source": "paper", "locator": "1", **REQUIRED_VALUES[kind.name], field: one},
        {"id": "x", "source": "paper", "locator": "2", "rank": rank, field: other},
        {
            "id": "x",
            "source": "paper",
            "locator": "3",
            **{name: value for name, value in REQUIRED_VALUES[kind.name].items() if name != field},
        },
    ]
    folder = tmp_path / "one"
    folder.mkdir()
    lines = [",".join(names := ["id", "source", "locator", "rank", *kind.fields])]
    lines += [",".join(str(claim.get(name, "")) for name in names) for claim in claims]
    (folder / f"{kind.plural}.csv").write_text("\n".join(lines) + "\n")
    problems = [str(problem) for problem in read_collections(KINDS, collection_folders(folder))[0].checked.problems]
    found = [problem for problem in problems if f"{field}: paper contradicts itself about {kind.name} x: {other} here, {one} at" in problem]
    assert len(found) == (rank == "normal"), problems


async def test_a_claim_from_an_earlier_load_in_another_collection_is_compared(store: Instance) -> None:
    store.write("one/a.yaml", source("paper") + EVENTS + figures(KILLED))
    await load(KINDS, store.url, store.folder / "one")
    store.write("two/figures.csv", ROW)
    with pytest.raises(LoadRefused) as refused:
        await load(KINDS, store.url, store.folder / "two")
    assert "figure f, event: paper contradicts itself: a (one, page 1) and b (two, page 9); if these are two things" in str(refused.value)
    assert await store.rows("select count(*) from figure_claim") == [(1,)]
    store.write("two/figures.csv", ROW.replace("\nf,", "\ng,"))
    assert (await load(KINDS, store.url, store.folder / "two")).revision == 2


async def test_withheld_claims_are_compared_too(store: Instance) -> None:
    closed = (
        source("closed").replace("}", ", redistributable: false}", 1)
        if "}" in source("closed")
        else source("closed") + "  redistributable: false\n"
    )
    store.write("one/a.yaml", source("paper") + EVENTS)
    store.write("closed/a.yaml", closed + "claims:\n" + figures(KILLED))
    await load(KINDS, store.url, store.folder)
    assert await store.rows("select count(*) from figure_withheld") == [(1,)]
    store.write("two/figures.csv", ROW.replace("f,paper", "f,closed"))
    with pytest.raises(LoadRefused, match=r"figure f, event: closed contradicts itself: a \(closed, page 1\) and b \(two, page 9\)"):
        await load(KINDS, store.url, store.folder / "two")
    assert await store.rows("select count(*) from figure_withheld") == [(1,)]


async def test_an_undo_that_would_make_a_source_contradict_itself_is_refused(store: Instance) -> None:
    store.write("one/a.yaml", source("paper") + EVENTS + figures(KILLED))
    await load(KINDS, store.url, store.folder / "one")
    store.write("one/a.yaml", source("paper") + EVENTS)
    await load(KINDS, store.url, store.folder / "one")
    store.write("two/figures.csv", ROW)
    await load(KINDS, store.url, store.folder / "two")
    with pytest.raises(LoadRefused, match="figure f, event: paper contradicts itself"):
        await undo(KINDS, store.url, 2)
    if not NIGHTLY:
        return
    await retract(KINDS, store.url, "two", Change())
    assert (await undo(KINDS, store.url, 2)).revision == 5


async def test_two_rows_of_one_file_and_of_two_are_compared(store: Instance) -> None:
    store.write("one/a.yaml", source("paper") + EVENTS)
    await load(KINDS, store.url, store.folder / "one")
    table = store.folder / "figures.csv"
    table.write_text(
        "id,source,collection,locator,event,measure,low\nf,paper,three,page 1,a,killed,12\nf,paper,three,page 9,b,displaced,20000\n"
    )
    with pytest.raises(LoadRefused) as refused:
        await load_files(KINDS, store.url, [table], LoadOptions())
    assert "figures.csv, id f, event, 'b': contradicts record 1, where paper says a; if these are two things, give one an id" in str(
        refused.value
    )
    tables = [store.folder / name for name in ("x.csv", "y.csv")]
    tables[0].write_text("id,source,locator,event,measure,low\nf,paper,page 1,a,killed,12\n")
    tables[1].write_text("id,source,locator,event,measure,low\nf,paper,page 9,b,displaced,20000\n")
    with pytest.raises(LoadRefused, match="figure f, event: paper contradicts itself"):
        await load_files(KINDS, store.url, tables, LoadOptions())
    assert await store.rows("select count(*) from figure_claim") == [(0,)]
    if not NIGHTLY:
        return
    receipt = await load_files(KINDS, store.url, [table], LoadOptions(reject_to=store.folder / "rejected.json"))
    assert (receipt.intake.sum("read"), receipt.intake.sum("rejected"), receipt.added) == (2, 1, 1)
    assert "contradicts record 1" in (store.folder / "rejected.json").read_text()


async def test_between_sources_a_claim_about_something_else_gives_a_record_nothing(instance: Instance) -> None:
    await instance.load(
        a=source("a") + EVENTS + figures(KILLED.replace(", low: 12, high: 18, unit: people", "")),
        b=source("b") + "claims:\n" + figures(DISPLACED.replace("low: 20000", "low: 20000, basis: stock, period_start: 2024-01-01")),
        c=source("c") + "claims:\n" + figures("{id: f, best: 15, unit: people}", "{id: f, locator: p, population: women, best: 3}")[:-52],
    )
    found = (await instance.get("/v1/figures/f"))["data"]
    assert found["event"]["id"] == "a"
    assert [found[name] for name in ("measure", "population", "basis", "low", "best", "period_start")] == [
        "killed", "civilians", None, None, 15, None,
    ]  # fmt: skip
    assert unfolded(found)["measure"]["disputed"] and not unfolded(found)["population"]["disputed"]
    # The only claim of a group is shown, although none of it is published.
    narrowed = unfolded((await instance.get("/v1/figures/f?provenance=basis,period_start"))["data"])
    assert [(one["origins"], [claim["chosen"] for claim in one["claims"]]) for one in narrowed.values()] == [(0, [False])] * 2


async def test_a_load_names_claims_of_an_id_that_another_source_gave_to_another_thing(store: Instance) -> None:
    """Only required fields of what the record is are compared: sources may differ about the population."""
    store.write("one/a.yaml", source("paper") + EVENTS + figures(KILLED, KILLED.replace("id: f,", "id: g,")))
    said = "one of them is published, and the other disputes it; if these are two things, give one an id of its own"
    women = "{id: g, locator: page 2, event: a, measure: killed, population: women, low: 1, unit: people}"
    store.write("two/b.yaml", source("report") + "claims:\n" + figures(DISPLACED, women))
    first = await load(KINDS, store.url, store.folder, dry_run=True)
    await load(KINDS, store.url, store.folder / "one")
    second = await load(KINDS, store.url, store.folder / "two")
    messages = [message for receipt in (first, second) for message in receipt.flag_messages]
    assert messages == [f"figure f, event: report says b, and paper a (one, page 1); {said}"] * 2
    if not NIGHTLY:
        return
    assert (await load(KINDS, store.url, store.folder / "two")).flag_messages == []
    table = store.folder / "figures.csv"
    table.write_text("id,source,locator,event,measure,low,unit\ng,report,page 9,a,displaced,20000,people\n".replace("report", "third"))
    store.write("three/c.yaml", source("third"))
    await load(KINDS, store.url, store.folder / "three")
    receipt = await load_files(KINDS, store.url, [table], LoadOptions())
    assert [line for file in receipt.intake.files for line in file.warnings] == [
        f"figure g, measure: third says displaced, and paper killed (one, page 1); {said}"
    ]


def test_check_finds_claims_of_an_id_that_another_source_gave_to_another_thing(tmp_path: Path) -> None:
    for name, text in (("one/a.yaml", EVENTS + figures(KILLED)), ("two/b.yaml", "claims:\n" + figures(DISPLACED))):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(source(name[:3]) + text)
    claims = [claim for collection in read_collections(KINDS, collection_folders(tmp_path)) for claim in collection.checked.claims]
    assert [str(problem) for problem in other_things(KINDS, claims)] == [
        "two/b.yaml:7, event: two says that figure f is of b, and one that it is of a at one/a.yaml:10; one of them is published, and the other "
        "disputes it; if these are two things, give one an id of its own"
    ]
    output = CliRunner().invoke(main, ["check", str(tmp_path)]).output
    assert "event: two says that figure f is of b" in output and "no problems" in output


async def test_the_release_that_revises_another_is_preferred_and_no_second_origin(instance: Instance) -> None:
    old = "source: {id: old, title: Old, kind: dataset, reliability: A, published_on: 2019-01-01}\n"
    new = "source: {id: new, title: New, kind: dataset, reliability: D, revises: old}\n"
    claims = figures("{id: f, event: a, measure: killed, best: 40, unit: people, period_start: 1989-06-01}")
    await instance.load(
        a=old + EVENTS + claims, b=new + "claims:\n" + figures("{id: f, event: a, measure: killed, best: 79, unit: people}")
    )
    found = (await instance.get("/v1/figures/f"))["data"]
    assert (found["best"], found["period_start"]) == (79, "1989-06-01")
    assert unfolded(found)["best"]["disputed"] and unfolded(found)["measure"]["origins"] == 1
    await instance.load(
        b=new.replace(", revises: old", "") + "claims:\n" + figures("{id: f, event: a, measure: killed, best: 79, unit: people}")
    )
    found = (await instance.get("/v1/figures/f"))["data"]
    assert found["best"] == 40 and unfolded(found)["measure"]["origins"] == 2
    if not NIGHTLY:
        return
    await instance.load(b=new + "claims:\n" + figures("{id: f, event: a, measure: killed, best: 79, unit: people}"))
    assert (await instance.get("/v1/figures/f"))["data"]["best"] == 79


async def test_revisions_are_followed_over_a_release_that_says_nothing(store: Instance) -> None:
    def release(best: int, **fields: str) -> str:
        head = ", ".join(f"{name}: {value}" for name, value in {"title": "A release", "kind": "dataset", **fields}.items())
        figure = figures(f"{{id: f, event: a, measure: killed, best: {best}, unit: people}}") if best else EVENTS.removeprefix("claims:\n")
        return f"source: {{{head}}}\nclaims:\n{figure}"

    store.write("first/a.yaml", source("paper") + EVENTS)
    store.write("first/b.yaml", release(1, id="first", reliability="A"))
    store.write("second/a.yaml", release(0, id="second", reliability="B", revises="first"))
    store.write("third/a.yaml", release(3, id="third", reliability="D", revises="second"))
    await load(KINDS, store.url, store.folder)
    assert await store.rows("select best::int from figure") == [(3,)]
    store.write("second/a.yaml", release(0, id="second", reliability="B"))  # It no longer revises the first.
    await load(KINDS, store.url, store.folder / "second")
    assert await store.rows("select best::int from figure") == [(1,)]
    if not NIGHTLY:
        return
    await undo(KINDS, store.url, 2)
    assert await store.rows("select best::int from figure") == [(3,)]


async def test_sources_that_revise_each_other_are_refused(store: Instance) -> None:
    store.write(
        "one/a.yaml",
        source("a") + "claims:\n  sources:\n    - {id: b, title: B, kind: post, revises: a}\n    - {id: a, locator: p, revises: b}\n",
    )
    with pytest.raises(LoadRefused, match="revises: forms a cycle"):
        await load(KINDS, store.url, store.folder)


async def test_a_claim_that_gives_only_a_unit_hides_no_number(store: Instance) -> None:
    store.write(
        "one/a.yaml", source("paper") + EVENTS + figures(KILLED, "{id: f, locator: p, unit: people, origin: extrapolated, rank: preferred}")
    )
    await load(KINDS, store.url, store.folder)
    stored = await stored_record(store, "figure", "f") or {}
    assert (stored["low"], stored["high"], stored["unit"], stored["origin"]) == (12, 18, "people", None)
