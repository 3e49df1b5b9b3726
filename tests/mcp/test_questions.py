"""The thirty questions of `questions.yaml`: each call has its answer, and a wrong one is never answered with a number."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("mcp", reason="run `make install-dev`")

from ..conftest import Instance
from .connected import connected
from .test_tools import call, refusal

FILE: dict[str, list[dict[str, Any]]] = yaml.load(
    (Path(__file__).parent / "questions.yaml").read_text("utf-8"), yaml.BaseLoader
)  # Days as texts.


def numbers(value: Any) -> Any:
    """A value of the file, in which all are texts, as JSON has it."""
    if isinstance(value, dict):
        return {name: numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [numbers(part) for part in value]
    return {"null": None, "true": True, "false": False}.get(value, int(value) if value.isdecimal() else value)


QUESTIONS, WRONG = numbers(FILE["questions"]), numbers(FILE["wrong"])


def at(document: Any, path: str) -> Any:
    """A value in a document."""
    return reduce(lambda value, name: value[int(name) if isinstance(value, list) else name], path.split("."), document)


def test_there_are_thirty_questions() -> None:
    assert len(QUESTIONS) == 30 and len(WRONG) > 20
    assert {question["tool"] for question in QUESTIONS} == {"search", "get", "total", "check_claim"}


async def test_each_question_is_answered_by_its_call(aleppo: Instance) -> None:
    wrong = []
    async with connected(aleppo) as client:
        for question in QUESTIONS:
            text, structured = await call(client, question["tool"], **question["with"])
            found = {path: at(structured, path) for path in question["expected"]}
            if found != question["expected"] or str(question["says"]) not in text:
                wrong.append((question["ask"], found, text))
    assert not wrong


async def test_a_wrong_call_says_what_is_wrong_and_gives_no_number(aleppo: Instance) -> None:
    unclear = []
    async with connected(aleppo) as client:
        for asked in WRONG:
            if "refused" in asked:
                text = await refusal(client, asked["call"], **asked["with"])
            else:
                text, structured = await call(client, asked["call"], **asked["with"])
                assert structured["data"] == []
            if asked.get("refused", asked.get("nothing")) not in text:
                unclear.append((asked["with"], text))
    assert not unclear
