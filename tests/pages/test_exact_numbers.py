"""A number with more digits than a float has is the same wherever it is shown: in pages, cards, charts, data for search engines, and features of OGC."""

from __future__ import annotations

import html
import json
from decimal import Decimal

import pytest

from api.pages.running_totals import grouped
from api.words.exact_numbers import read_json, write_json

from ..conftest import Instance

AREA = "123456789012345678.123456789"
SAID = "123,456,789,012,345,678.123456789"
SHOWN = (
    "/figures/f", "/events/e", "/figures", "/embed/figures/f", "/embed/events/e", "/embed/totals?measure=area_captured",
    "/embed/timeline?measure=area_captured", "/sources/a", "/search?text=captured", "/oembed?url=http%3A%2F%2Ftest%2Ffigures%2Ff",
    "/check-claim?measure=area_captured&value=1&event=e", "/cards/figures/f.png",
)  # fmt: skip


def claims(best: str) -> str:
    return f"""source: {{id: a, title: T, kind: article}}
claims:
  events: [{{id: e, name: E captured, kind: battle, country: SYR, location: l, started_on: 2024-03-01, ended_on: 2024-03-01, date_precision: 1}}]
  locations: [{{id: l, name: L, kind: settlement, country: SYR, latitude: 36.2, longitude: 37.1}}]
  figures:
    - {{id: f, event: e, measure: area_captured, best: {best}, unit: square_kilometres, basis: flow, period_start: 2024-03-01, period_end: 2024-03-01}}
"""


async def test_no_page_rounds_a_number_or_what_it_was_before(instance: Instance) -> None:
    await instance.load(a=claims(AREA))
    for path in SHOWN:
        answer = await instance.client.get(path)
        assert answer.status_code in (200, 503 if path.startswith("/cards") else 200), (path, answer.text)
        assert path.startswith("/cards") or SAID in html.unescape(answer.text), path
    page = (await instance.client.get("/figures/f")).text
    assert f'"value": {AREA}' in page  # Of its JSON-LD.
    for path in ("/ogc/collections/figures/items", "/ogc/collections/figures/items/f"):
        answer = await instance.client.get(path)
        assert f'"best":{AREA}' in answer.text and '"coordinates":[37.1,36.2]' in answer.text, answer.text
    await instance.load(a=claims(AREA.replace("456789012", "456789013")))
    frozen = html.unescape((await instance.client.get("/embed/figures/f?revision=1")).text)
    assert SAID in frozen and SAID.replace("789,012", "789,013") in frozen
    assert SAID in html.unescape((await instance.client.get("/figures/f")).text)  # What it was before.


def test_json_keeps_every_digit() -> None:
    text = f'{{"a":[{AREA},1,0.50,"\\u0000 and \\"1.5\\""],"b":null}}'
    assert read_json(text) == {"a": [Decimal(AREA), 1, Decimal("0.5"), '\0 and "1.5"'], "b": None}
    assert write_json(read_json(text.replace("\\u0000", "")), compact=True) == text.replace("\\u0000", "")
    assert json.loads(write_json({"a": Decimal("1E+3")})) == {"a": 1000}
    with pytest.raises(TypeError, match="object is not a type of JSON"):
        write_json({"a": object()})


def test_a_running_total_falls_by_its_last_digit() -> None:
    names = ("event", "actor", "location", "population", "unit", "origin", "disaggregation", "period_start")
    counts = [
        {**dict.fromkeys(names), "period_end": f"2024-01-0{day}", "low": None, "best": best, "high": None}
        for day, best in ((1, Decimal(AREA)), (2, Decimal(AREA) - Decimal("0.000000001")))
    ]
    ((series,), _) = grouped(counts)
    ((before, after),) = series.falls
    assert (before.words, after.words) == (SAID, f"{SAID[:-1]}8")
