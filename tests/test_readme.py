"""What the README promises is what is answered: every question in it is asked, and every setting in it exists."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from api.settings import MEANINGS, Settings

from .conftest import ROOT, Instance

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.split("## How to ask")[0], re.S)
QUESTIONS = [
    (language, text, BLOCKS[number + 1 : number + 2]) for number, (language, text) in enumerate(BLOCKS) if "{" in text or "curl" in text
]
QUESTIONS = [(language, text, answer) for language, text, answer in QUESTIONS if language in ("graphql", "sh")]


def test_there_are_ten_questions() -> None:
    assert len(re.findall(r"^\*\*\d+\. ", README, re.M)) == 10
    assert len(QUESTIONS) == 13  # The third and the tenth have two; one more is asked by address.


@pytest.mark.parametrize(("language", "question", "answers"), QUESTIONS)
async def test_a_question_of_the_readme_is_answered_as_printed(
    aleppo: Instance, language: str, question: str, answers: list[tuple[str, str]]
) -> None:
    if language == "graphql":
        assert await aleppo.graphql(question) == json.loads(answers[0][1])
        return
    for line in question.splitlines():
        address = shlex.split(line)[1].removeprefix("http://127.0.0.1:8000")
        response = await aleppo.client.get(address)
        assert response.status_code == 200
        if ".geojson" in address:
            assert {feature["type"] for feature in response.json()["features"]} == {"Feature"}
        elif answers[0][0] == "csv":
            assert response.text.replace("\r\n", "\n") == answers[0][1]
        else:
            assert response.json() == json.loads(answers[0][1])


def test_every_setting_is_in_the_readme() -> None:
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| .*? \| (.*?) \|$", README, re.M))
    assert table == {name.upper(): meaning for name, meaning in MEANINGS.items()}
    assert set(MEANINGS) == set(Settings.__dataclass_fields__)
