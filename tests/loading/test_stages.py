"""What people read while a load runs: plain words, and one estimate of the time left."""

from __future__ import annotations

import time

import pytest

from api.loading.stages import Stages, silent
from api.loading.verify import SLOW, proof_weights
from api.sql.loading.proofs import proofs
from api.sql.loading.sums_proofs import sums_proofs
from schema.kinds import KINDS


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("find keys", "looking up which records are known"),
        ("find events", "finding the changed claims about events"),
        ("find references", "checking references"),
        ("merge events", "comparing claims about events"),
        ("settle figures", "choosing the facts about figures"),
        ("prove", "checking the result"),
        ("build indexes", "building indexes"),
        ("reading a.csv", "reading a.csv"),
    ],
)
def test_a_stage_is_read_in_plain_words(stage: str, words: str) -> None:
    progress = silent()
    progress(stage)
    assert progress.words == words


def test_there_is_one_estimate_of_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now, labels = 100.0, list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = Stages(lambda progress: labels.append(progress.label))
    progress.expect({"merge": 1, "settle": 3})
    progress("merge events")
    assert progress.time_left == ""
    now = 110.0
    progress("settle events")
    assert labels == ["comparing claims about events", "choosing the facts about events (25% done, about 30 seconds left)"]
    now = 120.0
    assert progress.time_left == "about 20 seconds left"
    now = 139.5
    assert progress.time_left == "less than a second left"
    now = 900.0
    assert progress.time_left == "", "no time left is untrue while the stage still runs"


def test_the_proofs_that_take_longest_have_most_of_the_time_of_verify() -> None:
    names = [*(name for name, _ in proofs(KINDS)), *(name for name, _, _ in sums_proofs(KINDS))]
    assert all(any(words in name for name in names) for words in SLOW)
    weights = proof_weights(KINDS, names, {"figure": 46_000, "event": 2_000})
    assert [*weights] == names
    slow = ("settling every figure again gives the same row", "what every figure adds to totals is stored")
    assert 0.5 < sum(weights[name] for name in slow) / sum(weights.values()) < 0.9
