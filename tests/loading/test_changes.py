"""What a receipt, a dry run and `revisions N` list as changed: exactly what readers of the two revisions see differently."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace

import pytest

from api.errors import LoadRefused
from api.loading.change import Change
from api.loading.changes import MAX_CHANGES_LISTED, Changes, RecordChange, changes_of
from api.loading.collections import load, retract
from api.loading.lock import connect
from api.loading.receipts import Receipt, revision_lines
from api.loading.undo import undo
from schema.kinds import KINDS

from ..conftest import Instance, source
from ..support.csv_files import stored_rows
from ..support.invented import collection, files
from ..support.properties import NIGHTLY

FIGURES = "id,source,event,measure,population,unit,basis,best\n"


def figures(*numbers: int | str) -> str:
    return FIGURES + "".join(f"f{n:03},paper,e,killed,all,people,flow,{number}\n" for n, number in enumerate(numbers, 1))


def write(store: Instance, table: str, name: str = "Battle", **described: object) -> None:
    store.write("paper.yaml", source("paper", **described) + f"claims:\n  events:\n    - {{id: e, name: {name}, kind: battle}}\n")
    store.write("figures.csv", table)


async def listed(
    store: Instance, revision: int, records: dict[str, dict[str, int]], claims: dict[str, dict[str, int]] | None = None
) -> Changes:
    connection = await connect(store.url, "test", "test")
    try:
        return await changes_of(KINDS, connection, revision, records, claims or {})
    finally:
        await connection.close()


def texts(receipt: Receipt) -> list[str]:
    return [str(change) for change in receipt.changes.first]


async def test_a_claim_that_changed_only_in_its_original_is_said_to(store: Instance) -> None:
    for note, name in (("first", "Battle"), ("second", "Battle"), ("third", "Siege")):
        text = source("paper") + f'claims:\n  events:\n    - {{id: e, name: {name}, kind: battle, original: \'{{"note": "{note}"}}\'}}\n'
        store.write("paper.yaml", text + "    - {id: other, name: Battle, kind: battle, original: '{\"note\": 1}'}\n")
        receipt = await store.load()
        changed = [line for line in receipt.lines() if line.startswith("  event")]
        if note == "second":
            only = "1 changed (1 only in `original`, which has what no field has)"
            assert changed == [f"  event: no change; claims: {only}, 1 unchanged"]
            assert receipt.revision and (await listed(store, receipt.revision, receipt.records, receipt.claims)).originals == {"event": 1}
            second = receipt
    assert changed == ["  event: 1 changed; claims: 1 changed, 1 unchanged"]
    assert (await listed(store, second.revision or 0, second.records, second.claims)).originals == {"event": 1}


async def test_changes_are_listed_and_new_records_are_not(store: Instance) -> None:
    write(store, figures(1, 2, 3))
    first = await store.load()
    assert texts(first) == [] and not any("f001" in line for line in first.lines())
    write(store, figures(1, 20, "", 4).replace("f003,paper,e,killed", "f005,paper,e,killed"), name="Siege")
    second = await store.load()
    assert texts(second) == ["figure f002, best: 2 → 20", "event e, name: Battle → Siege", "figure f003: removed"]
    lines = list(second.lines())
    assert lines[:3] == texts(second)
    assert lines[3:] == [
        "  source: no change; claims: 1 unchanged",
        "  figure: 2 added, 1 changed, 1 removed; claims: 2 added, 1 changed, 1 retracted, 1 unchanged",
        "  event: 1 changed; claims: 1 changed",
        "  all: 2 added, 2 changed, 1 removed; claims: 2 added, 2 changed, 1 retracted, 2 unchanged",
        "recorded as revision 2",
    ]
    assert second.summary()["changes"][0] == {"kind": "figure", "id": "f002", "field": "best", "old": "2", "new": "20"}  # type: ignore[index]


async def test_records_and_claims_are_told_apart(store: Instance) -> None:
    """Two claims about one event are one record."""
    write(store, figures())
    store.write("other.yaml", source("other") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n")
    receipt = await store.load()
    assert "  event: 1 added; claims: 2 added" in receipt.lines()
    assert receipt.records["event"]["added"] == 1 and receipt.claims["event"]["added"] == 2
    store.write("third.yaml", source("third") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n")
    again = await store.load()
    assert texts(again) == []
    assert "  event: 1 changed (1 only in their claims); claims: 1 added, 2 unchanged" in again.lines()


async def test_fifty_changes_are_listed_and_the_others_counted(store: Instance) -> None:
    write(store, figures(*range(60)))
    await store.load()
    write(store, figures(*(number + 100 for number in range(60))), name="Siege")
    receipt = await store.load()
    assert texts(receipt) == [f"figure f{n:03}, best: {n - 1} → {n + 99}" for n in range(1, MAX_CHANGES_LISTED + 1)]
    assert receipt.changes.not_listed == 11 and "… and 11 more changes" in receipt.lines()
    assert receipt.summary()["changes_not_listed"] == 11


async def test_a_dry_run_of_a_folder_lists_the_same_and_writes_nothing(store: Instance) -> None:
    write(store, figures(1, 2))
    if NIGHTLY:
        await load(KINDS, store.url, store.folder, dry_run=True)
        assert not any((await stored_rows(store)).values())
    await store.load()
    before = await stored_rows(store)
    write(store, figures(1, 3))
    dry = await load(KINDS, store.url, store.folder, dry_run=True)
    assert dry.revision is None and list(dry.lines())[-1] == "dry run: nothing was written"
    assert texts(dry) == ["figure f002, best: 2 → 3"] and await stored_rows(store) == before
    real = await store.load()
    unlike = ("revision", "dry_run")
    assert {name: value for name, value in dry.summary().items() if name not in unlike} == {
        name: value for name, value in real.summary().items() if name not in unlike
    }
    again = await load(KINDS, store.url, store.folder, dry_run=True)
    assert list(again.lines())[-1] == "nothing would change; dry run: nothing was written"


async def test_undo_and_retract_list_their_changes(store: Instance) -> None:
    write(store, figures(1, 2))
    await store.load()
    write(store, figures(1, 3))
    await store.load()
    assert texts(await undo(KINDS, store.url, 2)) == ["figure f002, best: 3 → 2"]
    gone = await retract(KINDS, store.url, "test", Change("No longer needed"))
    assert texts(gone) == ["figure f001: removed", "figure f002: removed", "event e: removed", "source paper: removed"]
    assert (await listed(store, 2, {"figure": {"changed": 1}})).first == (RecordChange("figure", "f002", "best", "2", "3"),)
    assert (await listed(store, 3, {"figure": {"changed": 1}})).first == (RecordChange("figure", "f002", "best", "3", "2"),)


async def test_withheld_values_are_never_listed(store: Instance) -> None:
    """Neither in the revision that withholds them, nor any more in those before it."""
    write(store, figures(1, 2))
    await store.load()
    write(store, figures(1, 777))
    assert texts(await store.load()) == ["figure f002, best: 2 → 777"]
    store.write("other.yaml", source("other") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n")
    write(store, figures(1, 888), redistributable=False)
    receipt = await store.load()
    assert receipt.withheld["figure"]["taken"] == 2
    for lines in (list(receipt.lines()), (await listed(store, 2, {"figure": {"changed": 1}})).lines()):
        assert not [line for line in lines if "777" in line or "888" in line or "f00" in line]
    if not NIGHTLY:
        return
    write(store, figures(1, 999), redistributable=False)
    assert not [line for line in (await store.load()).lines() if "888" in line or "999" in line or "f00" in line]


async def facts(instance: Instance, revision: int) -> dict[tuple[str, str], dict[str, str]]:
    """Every record as of a revision, as readers download it."""
    found = {}
    for kind in KINDS.values():
        response = await instance.client.get(f"/v1/{kind.plural}.csv", params={"revision": revision})
        for row in csv.DictReader(io.StringIO(response.text)):
            found[kind.name, row["id"]] = row
    return found


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2))
async def test_every_revision_lists_what_readers_see_differently(instance: Instance, seed: int) -> None:
    dice, revision = random.Random(seed), 0
    for _ in range(4):
        for file, text in files(collection(KINDS, dice.randint(3, 7), seed=dice.randrange(4), rivals=dice.random() < 0.5)).items():
            instance.write(f"one/{file.rpartition('/')[2]}", text)
        try:
            receipt = await load(KINDS, instance.url, instance.folder)
            if receipt.revision and dice.random() < 0.3:
                receipt = await undo(KINDS, instance.url, receipt.revision)
        except LoadRefused:  # Random links may form cycles.
            continue
        revision = receipt.revision or revision
    await instance.hear(revision)
    states = {number: await facts(instance, number) for number in range(1, revision + 1)}
    assert revision > 2
    for number in range(2, revision + 1):
        old, new = states[number - 1], states[number]
        expected: set[tuple[str, str, str | None]] = {(kind, id, None) for kind, id in old.keys() - new.keys()}
        expected |= {(*key, name) for key in old.keys() & new.keys() for name in KINDS[key[0]].fields if old[key][name] != new[key][name]}
        everything = {kind: {"changed": 1} for kind in KINDS}
        changes = await listed(instance, number, everything)
        assert changes.count == len(expected), (number, changes.lines())
        assert {(change.kind, change.id, change.field) for change in changes.first} <= expected
        assert len(changes.first) == min(len(expected), MAX_CHANGES_LISTED)


def test_long_values_are_shown_around_their_difference() -> None:
    change = RecordChange("event", "e", "summary", "a" * 100 + "b" + "c" * 100, "a" * 100 + "d\n" + "c" * 100)
    old, _, new = str(change).partition(": ")[2].partition(" → ")
    assert "ab" in old and "ad c" in new and max(len(old), len(new)) < 70
    assert str(replace(change, old=None, new=" ")) == "event e, summary: unknown → ' '"


def test_a_revision_shows_its_files_and_rejections_as_the_load_did() -> None:
    columns = {"id": ["event.id", "original"], "region": ["original"], "best": ["figure.best", "figure.original"]}
    file = {
        "file": "a.csv",
        "format": "ucdp-ged",
        "sha256": "0f",
        "records": 3,
        "columns": columns,
        "warnings": ["the hidden sheet old is not read"],
    }
    line = {"file": "a.csv", "record": "line 3", "field": "", "value": None, "reason": "missing columns"}
    receipt = {"files": [file], "rejections": [line, {**line, "field": "best", "value": "x", "reason": "must be a number"}]}
    revision = {"id": 1, "message": "m", "receipt": receipt, "counts": {}}
    names = dict.fromkeys(("kind", "author", "recorded_at", "tool", "rule", "digest"))
    assert [*revision_lines(KINDS, {**names, **revision}, Changes())][1:6] == [
        "  file a.csv: format ucdp-ged, sha256 0f, records 3",
        "    columns in `original` only: region",
        "    warning: the hidden sheet old is not read",
        "  rejected: a.csv, line 3: missing columns",
        "  rejected: a.csv, line 3, best, 'x': must be a number",
    ]
