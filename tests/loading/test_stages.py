"""What people read while a load runs: plain words, and one estimate of the time left."""

from __future__ import annotations

import time

import pytest

from api.loading.stages import Stages, silent


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
    now = 900.0
    assert progress.time_left == "about 0 seconds left"
