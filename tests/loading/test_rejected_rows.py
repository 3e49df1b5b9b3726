"""A row that cannot be read withdraws nothing: neither a number, nor a claim that another row would retract, nor the terms of a source."""

from __future__ import annotations

from api.loading.file_receipt import FileReceipt
from api.loading.files import LoadOptions, load_files
from api.loading.verify import verify
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.properties import NIGHTLY

EVENTS = """source: {id: pa, title: A, kind: article}
claims:
  events:
    - {id: a, name: A, kind: battle, country: SYR}
"""
FIGURES = "id,source,collection,locator,event,measure,low,unit\n"
SOURCES = "id,source,collection,locator,title,kind,redistributable\n"
NUMBERS = "select s.id, c.low::int from figure_claim c join source s on s.key = c.source order by 1, 2"
WITHHELD = "select id, source, low from figure_withheld where removed_in is null order by 1, 2, 3"


def of_collection(name: str, table: str) -> str:
    """The same table in the folder of its collection: loading it together with documents takes a third of the time."""
    return table.replace(",collection,", ",").replace(f",{name},", ",")


async def taken(store: Instance, name: str, text: str, rejected: int = 0, source: str = "") -> FileReceipt:
    path = store.folder / name
    path.write_text(text, "utf-8")
    receipt = await load_files(KINDS, store.url, [path], LoadOptions(source=source, reject_to=store.folder / "rejected.json"))
    assert receipt.intake.sum("rejected") == rejected
    return receipt


async def test_a_rejected_row_of_a_table_of_claims_retracts_nothing(store: Instance) -> None:
    store.write("mine/a.yaml", EVENTS)
    store.write("other/b.yaml", "source: {id: pb, title: B, kind: article}\n")
    pa, pb = "f,pa,three,page 1,a,killed,12,people\n", "f,pb,three,page 9,a,killed,20,people\n"
    store.write("three/figures.csv", of_collection("three", FIGURES + pa + pb))
    await store.load()
    every = pb.replace("20", "twenty"), pb.replace("f,", "f f,"), pb.replace("pb", "p b"), pb.replace(",people", ",people,x,y")
    for damaged in every if NIGHTLY else every[:1]:
        receipt = await taken(store, "figures.csv", FIGURES + pa.replace("12", "13") + damaged, rejected=1)
        assert receipt.claims["figure"]["retracted"] == 0
        assert await store.rows(NUMBERS) == [("pa", 13), ("pb", 20)]
    assert [line for line in receipt.intake.files[0].warnings if "stays" in line] == [
        "figure f: what pb (page 9) said of it is in no record that was read; it stays, since a rejected record may say it"
    ]
    if NIGHTLY:
        receipt = await taken(store, "figures.csv", FIGURES + pa.replace("page 1", "page 2") + pb.replace("20", "-20"), rejected=1)
        assert receipt.claims["figure"] == {"added": 1, "changed": 0, "retracted": 0, "unchanged": 0}
    receipt = await taken(store, "figures.csv", FIGURES + pa.replace("page 1", "page 2"))  # Every row can be read.
    assert receipt.claims["figure"]["retracted"] == 2
    assert await store.rows(NUMBERS) == [("pa", 12)]
    assert not [proof async for proof in verify(KINDS, store.url) if proof.contradictions]


async def test_a_rejected_row_releases_and_removes_nothing_that_is_withheld(store: Instance) -> None:
    store.write("mine/a.yaml", EVENTS)
    terms = "pb,pa,four,page 2,B,article,false\n"
    store.write("four/sources.csv", of_collection("four", f"{SOURCES}pb,pa,four,page 1,B,article,\n{terms}"))
    rows = "g,pb,three,page 1,a,killed,5,people\n", "g,pb,three,page 9,a,killed,6,people\n"
    store.write("three/figures.csv", of_collection("three", FIGURES + "".join(rows)))
    await store.load()
    withheld = [("g", "pb", 5), ("g", "pb", 6)]
    assert await store.rows(WITHHELD) == withheld
    receipt = await taken(store, "figures.csv", FIGURES + rows[0] + rows[1].replace("6", "six"), rejected=1)
    assert "kept 1 withheld claim that no record makes any more, because a rejected record may" in receipt.intake.files[0].warnings
    assert await store.rows(WITHHELD) == withheld
    await taken(store, "sources.csv", f"{SOURCES}pb,pa,four,page 1,B,article,\n{terms.replace('false', 'maybe')}", rejected=1)
    assert await store.rows(WITHHELD) == withheld and await store.rows(NUMBERS) == []


async def test_a_rejected_row_retracts_no_wording_of_what_several_rows_share(store: Instance) -> None:
    head, first, second = "#event+id,#event+name,#affected+killed\n", "e,A,3\n", "e,B,4\n"
    await taken(store, "rows.csv", head + first + second, source="mine")
    receipt = await taken(store, "rows.csv", head + first + second.replace("4", "four"), rejected=1, source="mine")
    assert [receipt.claims[kind]["retracted"] for kind in ("event", "figure")] == [0, 0]
