"""The page of a revision lists the values before and after, with the reason, and nothing that is withheld."""

from __future__ import annotations

import html
import re

import httpx2
import pytest

from api.loading.change import Change
from api.loading.changes import MAX_CHANGES_LISTED
from api.loading.collections import load
from schema.kinds import KINDS

from ..conftest import Instance, source

HEADER = "id,source,event,measure,population,unit,basis,best\n"


async def corrected(
    instance: Instance, numbers: dict[str, int], reason: str = "source_revised", name: str = "Battle", **described: object
) -> None:
    """The next revision: an event, and the numbers of its figures by id."""
    instance.write("paper.yaml", source("paper", **described) + f"claims:\n  events:\n    - {{id: e, name: {name}, kind: battle}}\n")
    instance.write("figures.csv", HEADER + "".join(f"{id},paper,e,killed,all,people,flow,{number}\n" for id, number in numbers.items()))
    await instance.hear((await load(KINDS, instance.url, instance.folder, Change("Why.", reason=reason))).revision)


async def page(instance: Instance, revision: int) -> tuple[httpx2.Response, str]:
    response = await instance.client.get(f"/revisions/{revision}")
    assert response.status_code == 200, response.text
    return response, " ".join(html.unescape(re.sub(r"<[^>]+>", "", response.text.partition("<h1>")[2])).split())


async def test_the_page_of_a_revision_lists_the_values_before_and_after_with_the_reason(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await corrected(instance, {"one": 12, "two": 5})
    _, first = await page(instance, 1)
    assert "before and after" not in first, "new records are not among the changes"
    await corrected(instance, {"one": 21}, reason="coding_error")
    response, text = await page(instance, 2)
    assert "Figure one, best estimate: 12 → 21 It had been entered wrongly." in text and "Figure two: removed It had been" in text
    assert 'href="/figures/one"' in response.text and 'href="/figures/two?revision=1"' in response.text
    await corrected(instance, {"one": 22})
    response, text = await page(instance, 2)
    assert "12 → 21" in text and "→ 22" not in text and 'href="/figures/one?revision=2"' in response.text
    for href in re.findall(r'href="(/figures/[^"]*)"', response.text):
        assert (await instance.client.get(href)).status_code == 200, href
    monkeypatch.setattr("api.pages.revision_pages.MOST_COMPARED", 0)
    await corrected(instance, {"one": 23})
    _, text = await page(instance, 3)
    assert "too many records to list" in text and "1 figure changed" in text


async def test_the_page_of_a_revision_says_how_many_changes_it_does_not_list(instance: Instance) -> None:
    ids = [f"f{number:03}" for number in range(MAX_CHANGES_LISTED + 2)]
    await corrected(instance, dict.fromkeys(ids, 1))
    await corrected(instance, dict.fromkeys(ids, 2), name="<Siege>")
    response, text = await page(instance, 2)
    assert text.count("1 → 2") == MAX_CHANGES_LISTED and "And 3 more changes." in text and "<Siege>" not in response.text


async def test_withheld_values_are_on_no_page_of_a_revision(instance: Instance) -> None:
    await corrected(instance, {"one": 12})
    await corrected(instance, {"one": 777}, reason="coding_error")
    assert "12 → 777" in (await page(instance, 2))[1]
    instance.write("other.yaml", source("other") + "claims:\n  events:\n    - {id: e, name: Battle, kind: battle}\n")
    await corrected(instance, {"one": 888}, redistributable=False)
    for revision in (1, 2, 3):
        text = (await page(instance, revision))[1]
        assert not [part for part in ("777", "888", "one,", "one:", "entered wrongly") if part in text], revision
