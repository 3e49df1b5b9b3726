"""What has happened to a value since somebody quoted it: the states of a record, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from api.loading.change import Change
from api.loading.collections import load
from api.pages.notice_words import NoticeText, merged, written
from api.pages.notices import Event, Notice, State, notices, read_states, removed_in
from api.query.nodes import At, Query, RecordStates
from schema.kinds import KINDS

from ..conftest import Instance
from ..support.small_world import document, world_with

FIGURE = KINDS["figure"]
GROUPS = {"value": ("low", "best", "high"), "period": ("period_start",)}


def state(
    revision: int,
    best: int | None = 12,
    disputed: bool = False,
    source: str = "paper",
    reason: str = "",
    day: str = "a",
    rivals: str = "",
    grade: str = "2",
    other: str = "",
) -> State:
    """A state of a figure; without a number, there is no figure."""
    record = None if best is None else {"low": None, "best": best, "high": None, "period_start": day}
    value = {
        "disputed": disputed,
        "from": {"source": source, "credibility": grade},
        "rivals": rivals,
        "own": [reason] * bool(reason),
        "other": [other] * bool(other),
    }
    groups = {"value": value, "period": {"disputed": False, "from": {"source": source}}}
    return State(revision, f"2026-12-{revision:02}T00:00:00Z", f"Load {revision}", ("resettled",), record, groups)


def told(found: list[Notice]) -> list[tuple[str, int]]:
    return [(notice.event.value, notice.revision) for notice in found]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([state(1)], []),
        ([state(1), state(2)], []),
        ([state(1), state(2, 13)], [("corrected", 2)]),
        ([state(1), state(2, 13), state(3, 14)], [("corrected", 2), ("corrected", 3)]),
        ([state(1), state(2, 13), state(3), state(4, 14), state(5, 14)], [("corrected", 4)]),
        ([state(1), state(2, None), state(3, 13)], [("corrected", 3)]),
        ([state(1), state(2, 13), state(3, 13, day="b")], [("corrected", 2), ("corrected", 3)]),
        ([state(1), state(2, 13), state(3, 12)], []),
        ([state(1), state(2, None), state(3, 12)], []),
        ([state(1), state(2, None, reason="retracted")], [("retracted", 2)]),
        ([state(1), state(2, None, reason="coding_error")], [("removed", 2)]),
        ([state(1), state(2, None, reason="undone", other="retracted")], [("removed", 2)]),
        ([state(1), state(2, 13), state(3, None, reason="retracted")], [("retracted", 3)]),
        ([state(1), state(2, None), state(3, 13), state(4, None, reason="retracted"), state(5, None)], [("retracted", 4)]),
        ([state(1), state(2, None, reason="duplicate_merged")], [("merged", 2)]),
        ([state(1), state(2, None, reason="withheld")], [("withheld", 2)]),
        ([state(1), state(2, disputed=True)], [("disputed", 2)]),
        ([state(1), state(2, disputed=True), state(3), state(4, disputed=True), state(5, disputed=True)], [("disputed", 4)]),
        ([state(1, disputed=True), state(2, disputed=True), state(3)], [("settled", 3)]),
        ([state(1, disputed=True), state(2, disputed=True)], []),
        ([state(1), state(2, 13, disputed=True)], [("corrected", 2), ("disputed", 2)]),
        ([state(1), state(2, source="other")], [("attributed", 2)]),
        ([state(1), state(2, 13, source="other")], [("corrected", 2), ("attributed", 2)]),
        ([state(1), state(2, grade="5")], [("graded", 2)]),
        ([state(1, disputed=True, rivals="a"), state(2, disputed=True, rivals="b")], [("contested", 2)]),
        ([state(1), state(2, disputed=True, rivals="a"), state(3, disputed=True, rivals="b")], [("disputed", 2)]),
        ([state(1, rivals="a"), state(2, rivals="b")], []),
        ([state(1), state(2, day="b")], [("corrected", 2)]),
        ([state(1, None), state(2, 13)], []),
        ([], []),
    ],
)
def test_what_is_said_of_a_history(states: list[State], expected: list[tuple[str, int]]) -> None:
    assert told(notices(states, GROUPS, ["value"])) == expected


def test_each_change_has_both_values_and_why_that_one_was_made() -> None:
    first, second = notices([state(1), state(2, 13, reason="coding_error"), state(3, 14, other="retracted")], GROUPS, ["value"])
    assert [(one.then["best"], one.now["best"], one.fields, one.last) for one in (first, second)] == [
        (12, 13, ("best",), False),
        (13, 14, ("best",), True),
    ]
    assert (first.reasons, first.message, first.recorded_at) == (("coding_error",), "Load 2", "2026-12-02T00:00:00Z")
    assert (second.reasons, second.message) == (("resettled",), "Load 3"), "why a rival ended is no reason for the number"


def test_the_reasons_of_a_settled_dispute_are_those_of_the_rival() -> None:
    (notice,) = notices([state(1, disputed=True), state(2, other="retracted")], GROUPS, ["value"])
    assert (notice.event, notice.reasons, notice.rivals) == (Event.SETTLED, ("retracted",), True)
    (notice,) = notices([state(1, disputed=True), state(2, 12, reason="source_revised")], GROUPS, ["value"])
    assert (notice.reasons, notice.rivals) == (("source_revised",), False)


def test_the_state_that_began_when_a_record_was_removed() -> None:
    states = [state(1), state(2, 13), state(4, 14), state(6, None), state(7, None)]
    assert removed_in(states) == states[3] and removed_in(states[3:]) is None and removed_in(states[:2]) is None


@pytest.mark.parametrize(
    ("then", "now", "text"),
    [
        ({"best": 40}, {"best": 79}, "now 79, not 40"),
        ({"best": 40}, {"best": 40, "low": 40}, "a lower bound of 40 was added"),
        ({"best": 40, "low": 40, "high": 40}, {"best": 40}, "a lower bound of 40 was removed and an upper bound of 40 was removed"),
        ({"best": 40}, {"best": 40, "quantifier": "exact"}, "qualifier now exactly, not unknown"),
        ({"best": 40}, {"low": 40}, "now at least 40, not 40"),
        ({"period_start": "2024-05-02"}, {"period_start": None}, "first day now unknown, not 2 May 2024"),
        ({"location": "aleppo"}, {"location": "idlib"}, "place now Idlib, not aleppo"),
        ({"location": None}, {"location": "idlib"}, "place now Idlib, not unknown"),
    ],
)
def test_a_correction_names_what_has_changed(then: dict[str, Any], now: dict[str, Any], text: str) -> None:
    names = ("low", "best", "high", "quantifier", "unit", "measure", "period_start", "location")
    empty = {**dict.fromkeys(names), "measure": "killed"}
    before, after = {**empty, **then}, {**empty, **now}
    notice = Notice(Event.CORRECTED, 2, "2026-12-02", (), "", before, after, tuple(name for name in names if before[name] != after[name]))
    assert written(FIGURE, notice, frozen=True, names={("location", "idlib"): "Idlib"}).text == f"Corrected on 2 December 2026: {text}."


def test_notices_are_joined_only_if_they_have_one_revision_and_one_reason() -> None:
    def corrected(revision: int, name: str, reason: str) -> NoticeText:
        after = {name: "2024-01-02"}
        return written(FIGURE, Notice(Event.CORRECTED, revision, "2026-12-02", (reason,), "", {name: None}, after, (name,)), frozen=True)

    first, second = "period_start", "period_end"
    texts = merged(
        [corrected(2, first, "undone"), corrected(3, first, "undone"), corrected(3, second, "undone"), corrected(3, second, "retracted")]
    )
    assert [(text.revision, len(text.details)) for text in texts] == [(3, 2), (3, 1), (2, 1)]
    period = written(FIGURE, Notice(Event.DISPUTED, 2, "2026-12-02", (), "", fields=(first, second)), frozen=True)
    assert period.text == "Disputed since 2 December 2026: sources disagree: about its first day and last day."


# As the database has them


async def states(instance: Instance, id: str = "killed", since: At = At(revision=1)) -> list[State]:  # noqa: B008  # frozen
    fields = tuple(field for field in FIGURE.fields.values() if field.group in ("value", "period") or field.name in ("event", "location"))
    query = Query((RecordStates("states", FIGURE, id, fields, since, ("value",)),))
    return read_states((await instance.app.state.store.answer(query)).roots[0] or "[]")


async def test_the_states_of_a_record_are_its_versions_and_those_of_its_claims(instance: Instance) -> None:
    """Each has what REST answers as of its revision; between two of them, that does not change."""

    async def loads(reason: str = "source_revised", rival: int | None = None, rank: str = "normal", **figure: Any) -> None:
        instance.write("one/paper.yaml", document("paper", world_with(killed=figure or None), reliability="B"))
        others = {"figures": [{**FIGURE_OF_ANOTHER, "best": rival, "rank": rank}]} if rival else {}
        instance.write("two/other.yaml", document("other", others, reliability="E"))
        change = Change(f"Why: {reason}", reason=reason)
        await instance.hear((await load(KINDS, instance.url, instance.folder, change)).revision)

    await loads(best=12)
    await loads(best=13, quantifier="approximately")
    await loads(best=13, quantifier="approximately", rival=20)  # The record is settled as before, but disputed.
    await loads("coding_error", best=13, quantifier="approximately", rival=30)
    await loads("coding_error", best=13, quantifier="approximately")
    await loads("duplicate_merged")
    await loads(best=12)
    await loads(best=12, rival=50, rank="deprecated")
    found = await states(instance)
    assert [one.revision for one in found] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [one.disputed("value") for one in found] == [False, False, True, True, False, False, False, False]
    why = {whose: [" ".join(one.ended("value", whose)) for one in found] for whose in ("own", "other")}
    assert why == {
        "own": ["", "source_revised", "", "", "", "duplicate_merged", "", ""], "other": ["", "", "", "coding_error", "coding_error", "", "", ""],
    }  # fmt: skip
    for one in found:
        answer = await instance.client.get(f"/v1/figures/killed?revision={one.revision}")
        document_ = answer.json().get("data")
        assert (document_ is None) == (one.record is None) == (answer.status_code == 404)
        if one.record and document_:
            about = {name: value.get("id") if isinstance(value, dict) else value for name, value in document_.items()}
            assert one.record == {name: about[name] for name in one.record}
            (entry,) = [entry for entry in document_["provenance"] if "best" in entry["fields"]]
            assert entry["disputed"] == one.disputed("value")
            claim = document_["claims"][entry["chosen"]]
            assert one.groups["value"]["from"] == {
                "source": "paper",
                "quoted_from": claim.get("quoted_from", []),
                "attributed_to": None,
                "credibility": None,
            }
    assert [one.revision for one in await states(instance, since=At(revision=4))] == [4, 5, 6, 7, 8]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.sql.answering.states.MAX_STATES", 3)
        assert [one.revision for one in await states(instance)] == [1, 2, 8]  # The last is never left out: it is what is true now.
    groups = {"value": ("low", "best", "high", "quantifier", "unit")}
    assert told(notices(found[1:6], groups, ["value"])) == [(Event.MERGED.value, 6)]
    assert await states(instance, "no-such-figure") == []


FIGURE_OF_ANOTHER = {"id": "killed", "event": "battle", "measure": "killed"}
