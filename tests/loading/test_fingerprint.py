"""A load that was done before is known, and tells what doing it again would tell; whatever could make that another defeats the short cut."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from api.errors import LoadRefused
from api.intake.intake import FileIntake
from api.loading import fingerprint
from api.loading.change import Change
from api.loading.collections import load
from api.loading.file_receipt import FileReceipt
from api.loading.files import LoadOptions, load_files
from api.loading.stages import Stages
from api.loading.undo import undo
from bench.ged import Plan, write
from schema.kinds import KINDS

from ..conftest import Databases, Instance
from ..support.csv_files import Rows, read_csv, stored_rows, with_cell, write_csv
from ..support.properties import NIGHTLY, cases

SOURCES = "id,source,collection,title,kind,redistributable\n"


async def taken(store: Instance, *paths: Path, **task: object) -> tuple[FileReceipt, bool]:
    """The receipt, and whether the load was known. Without another source, the files are a release of GED."""
    told: list[str] = []
    task = {"source": "ucdp-ged", **task}
    asked = LoadOptions(on_stage=Stages(lambda stages: told.append(stages.stage)), **task)  # type: ignore[arg-type]  # named as the fields of LoadOptions
    receipt = await load_files(KINDS, store.url, list(paths), asked)
    return receipt, any(one.startswith("these files were loaded") for one in told)


async def whole(monkeypatch: pytest.MonkeyPatch, store: Instance, *paths: Path, **task: object) -> FileReceipt:
    """The receipt of a load that is done whole, known or not."""

    async def unknown(*_: object) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(fingerprint, "already_loaded", unknown)
        receipt, known = await taken(store, *paths, **task)
    assert not known
    return receipt


class Reading(Exception):
    """The files are about to be read."""


async def recognized(monkeypatch: pytest.MonkeyPatch, store: Instance, *paths: Path, **task: object) -> bool:
    """Whether the load is known. One that is not is given up before it reads the files, which takes most of its time."""

    def read(*_: object) -> None:
        raise Reading

    with monkeypatch.context() as patched:
        patched.setattr(FileIntake, "add_file", read)
        try:
            _, known = await taken(store, *paths, **task)
        except Reading:
            return False
    assert known
    return True


def told(receipt: FileReceipt) -> tuple[dict[str, object], list[str]]:
    return receipt.summary(), list(receipt.lines())


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    path = tmp_path_factory.mktemp("ged") / "events.csv"
    write(Plan(events=60), path)
    return read_csv(path)


@pytest.fixture
def ged(content: Rows, tmp_path: Path) -> Path:
    """Sixty events, of which one comes twice."""
    return write_csv(tmp_path / "events.csv", [*content, content[5]])


@pytest_asyncio.fixture(scope="module")
async def loaded_template(databases: Databases, content: Rows, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the sixty events, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    store = Instance(databases, await databases.fresh(), folder)
    receipt, known = await taken(store, write_csv(folder / "events.csv", [*content, content[5]]))
    assert receipt.added == 60 and not known
    return store.url.partition("?")[0].rpartition("/")[2]


@pytest_asyncio.fixture
async def loaded(databases: Databases, loaded_template: str, tmp_path: Path) -> Instance:
    """A store with the sixty events."""
    return Instance(databases, await databases.fresh(loaded_template), tmp_path)


CHOICES: dict[str, dict[str, object]] = {
    "nothing": {}, "a source": {"source": "somebody"}, "a format": {"format": "ucdp-ged"}, "a snapshot": {"source": "ucdp-ged", "snapshot": True},
}  # fmt: skip


async def test_a_recognized_load_reports_the_same_as_repeating_it(loaded: Instance, ged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await stored_rows(loaded)
    short, known = await taken(loaded, ged)
    assert known and short.unchanged == 60 and short.summary()["repeated"] == 1
    assert told(short) == told(await whole(monkeypatch, loaded, ged))
    _, known = await taken(loaded, ged, dry_run=True)
    assert known and await stored_rows(loaded) == before


@pytest.mark.nightly
@pytest.mark.parametrize("choice", CHOICES)
async def test_a_load_with_options_is_recognized_with_the_same_options(
    store: Instance, ged: Path, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    first, known = await taken(store, ged, **CHOICES[choice])
    assert first.added == 60 and not known
    before = await stored_rows(store)
    for dry in (False, True):
        short, known = await taken(store, ged, dry_run=dry, **CHOICES[choice])
        assert known and short.unchanged == 60 and short.summary()["repeated"] == 1
        assert told(short) == told(await whole(monkeypatch, store, ged, dry_run=dry, **CHOICES[choice]))
        assert await stored_rows(store) == before


@pytest.mark.nightly
async def test_rejected_records_are_written_out_at_every_load(store: Instance, content: Rows, tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", with_cell(content, 3, "best", "many"))
    for number in range(2):
        aside = tmp_path / f"rejected-{number}.json"
        receipt, known = await taken(store, bad, reject_to=aside)
        assert (receipt.summary()["rejected"], len(receipt.intake.rejections), known) == (1, 1, False)
        assert "must be a number" in aside.read_text()


@pytest.mark.nightly
async def test_a_changed_file_is_recognized_once_it_is_loaded(
    loaded: Instance, ged: Path, content: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = write_csv(tmp_path / "changed.csv", with_cell(content[:41], 7, "best", "99999"))
    receipt, known = await taken(loaded, changed)
    assert (receipt.changed, receipt.unchanged, known) == (1, 39, False)
    short, known = await taken(loaded, changed)
    assert known and told(short) == told(await whole(monkeypatch, loaded, changed))
    receipt, known = await taken(loaded, ged)  # What it says no longer stands.
    assert (receipt.changed, receipt.unchanged, receipt.revision, known) == (1, 59, 3, False)


@pytest.mark.nightly
async def test_several_files_are_recognized_by_their_order_and_names(
    store: Instance, content: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (write_csv(tmp_path / name, [content[0], *part]) for name, part in (("one.csv", content[1:31]), ("two.csv", content[31:])))
    asked = {"source": "somebody"}
    with pytest.raises(LoadRefused, match=r"is claimed in one\.csv and in copy\.csv"):
        await taken(store, one, write_csv(tmp_path / "copy.csv", read_csv(one)), **asked)
    first, _ = await taken(store, one, **asked)
    both, known = await taken(store, one, other, **asked)
    assert (first.added, both.added, both.unchanged, known) == (30, 30, 30, False)
    short, known = await taken(store, one, other, **asked)
    assert known and told(short) == told(await whole(monkeypatch, store, one, other, **asked))
    for paths in ((other, one), (one,), (one, write_csv(tmp_path / "three.csv", read_csv(other)))):
        assert not (await taken(store, *paths, **asked))[1]


@pytest.mark.nightly
async def test_datasets_loaded_in_turn_are_recognized(
    loaded: Instance, ged: Path, content: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"source": "somebody"}
    other = write_csv(tmp_path / "other.csv", content[:21])
    await taken(loaded, other, **asked)
    for path, task in ((ged, {}), (other, asked)):
        short, known = await taken(loaded, path, **task)
        assert known and told(short) == told(await whole(monkeypatch, loaded, path, **task))


@pytest.mark.parametrize("other", [*[name for name in CHOICES if name != "nothing"], "private", "aside"])
async def test_a_load_with_other_options_is_not_recognized(
    loaded: Instance, ged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    beside: dict[str, dict[str, object]] = {"private": {"private": True}, "aside": {"reject_to": tmp_path / "rejected.json"}}
    assert await recognized(monkeypatch, loaded, ged)
    assert not await recognized(monkeypatch, loaded, ged, **{**CHOICES, **beside}[other])


async def test_another_version_of_the_program_does_not_recognize_it(loaded: Instance, ged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "program_digest", lambda: "another")
    assert not await recognized(monkeypatch, loaded, ged)


def test_the_program_digest_covers_all_our_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in fingerprint.PROGRAM_FOLDERS:
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "list.json").write_text("[1]")
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    found = {fingerprint.program_digest.__wrapped__()}
    for folder in fingerprint.PROGRAM_FOLDERS:
        (tmp_path / folder / "deep" / "list.json").write_text("[2]")
        found.add(fingerprint.program_digest.__wrapped__())
    assert len(found) == 1 + len(fingerprint.PROGRAM_FOLDERS)


async def take_back(store: Instance, folder: Path) -> None:
    await undo(KINDS, store.url, 1, Change("A mistake"))


async def correct(store: Instance, folder: Path) -> None:
    """Fixtures of whatever collection."""
    (folder / "fixtures" / "paper").mkdir(parents=True)
    (folder / "fixtures" / "paper" / "source.yaml").write_text("source: {id: paper, title: A paper, kind: article}\n", "utf-8")
    await load(KINDS, store.url, folder / "fixtures")


async def load_another_file(store: Instance, folder: Path) -> None:
    content = read_csv(folder / "events.csv")
    await taken(store, write_csv(folder / "more.csv", with_cell(content[:4], 2, "best", "99999")))


async def withhold(store: Instance, folder: Path) -> None:
    await say(store, folder, "ucdp-ged,paper,paper,The same,dataset,false\npaper,paper,paper,A paper,article,\n")


async def describe(store: Instance, folder: Path) -> None:
    await say(store, folder, "ucdp-ged,paper,paper,The same,dataset,\npaper,paper,paper,A paper,article,\n")


async def forbid_in_private(store: Instance, folder: Path) -> None:
    (folder / "private.csv").write_text(
        SOURCES + "ucdp-ged,paper,paper,The same,dataset,false\npaper,paper,paper,A paper,article,\n", "utf-8"
    )
    await taken(store, folder / "private.csv", source="paper", private=True)


async def say(store: Instance, folder: Path, text: str) -> None:
    (folder / "sources.csv").write_text(SOURCES + text, "utf-8")
    await taken(store, folder / "sources.csv", source="paper")


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "meanwhile", cases([take_back, correct, load_another_file, withhold, describe, forbid_in_private], ["take_back", "withhold"])
)
async def test_a_load_is_repeated_if_its_claims_may_have_changed_since(
    loaded: Instance, ged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Instance, Path], Awaitable[None]]
) -> None:
    await meanwhile(loaded, tmp_path)
    if not NIGHTLY:
        assert not await recognized(monkeypatch, loaded, ged)
        return
    receipt, known = await taken(loaded, ged)
    assert not known and receipt.unchanged + receipt.added + receipt.changed == 60
