"""Charts: what is drawn of a row, what is said below, and how a picture is answered."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from api.pages import chart_specs
from api.pages.card_words import Content
from api.pages.chart_specs import FONT, MAX_BARS, SIZES, chart, isolated
from api.pages.totals_words import Totals, content
from api.pictures.pictures import Pictures

from ..conftest import Instance
from ..support.properties import NIGHTLY
from .test_totals_words import row


def drawn(*rows: Any, size: str = "square", left_out: Any = (), by: str = "month") -> dict[str, Any]:
    totals = Totals(rows, (by,), (("measure", "killed"),), {}, True, left_out)
    return chart(totals, rows, content(totals, ""), "Conflict Facts, revision 3.", size)


def below(spec: dict[str, Any]) -> str:
    return " ".join(spec["encoding"]["x"]["axis"]["title"])


BARS = [  # Lower bound, best estimate, upper bound; what is dark, the line, how high it is drawn, and the arrows up and down.
    ((10, 14, 20), (10, 14, 20, None, None)),
    ((5, None, None), (5, None, 5, 5, None)),
    ((None, 7, None), (None, 7, 7, 7, 7)),
    ((None, None, 9), (None, None, 9, None, 9)),
    ((30, 40, None), (30, 40, 40, 40, None)),
    ((0, 0, 0), (0, 0, 0, None, None)),
    ((None, 0, None), (None, 0, 0, 0, None)),
    ((12, 10, 15), (12, None, 15, None, None)),
]


@pytest.mark.parametrize(("numbers", "expected"), BARS)
def test_a_bound_is_drawn_as_what_it_is(numbers: Any, expected: Any) -> None:
    (bar,) = drawn(row(*numbers, month="2024-01"))["data"]["values"]
    assert tuple(bar[name] for name in ("low", "best", "top", "above", "below")) == expected


def test_months_without_a_row_are_gaps_and_are_not_zero() -> None:
    spec = drawn(row(1, 1, 1, month="2023-11"), row(2, 2, 2, month="2024-01"))
    assert [(bar["x"], bar["top"]) for bar in spec["data"]["values"]] == [("Nov 2023", 1), ("Dec 2023", None), ("Jan 2024", 2)]
    assert "nothing is counted, which is not zero" in below(spec)


def test_a_bar_of_only_some_days_looks_so_and_is_named() -> None:
    rows = [row(9, 9, 9, month=f"2023-1{n}", covered_days=days, event_days=30) for n, days in enumerate((30, 10, None))]
    spec = drawn(*rows)
    assert [bar["part"] for bar in spec["data"]["values"]] == [False, True, False]
    assert "Light and dashed: counts only some days of the month (Nov 2023: 10 of 30)" in below(spec)
    assert "dashed" not in below(drawn(rows[0], rows[2]))
    many = below(drawn(*(row(9, 9, 9, month=f"2023-0{n}", covered_days=n, event_days=28) for n in range(1, 6))))
    assert "(Jan 2023: 1 of 28; Feb 2023: 2 of 28; Mar 2023: 3 of 28; and 2 more)" in many


def test_below_a_chart_stands_what_it_does_not_show() -> None:
    rows = [row(1, 2, None, month="2024-01", without_best=1, contradicted=1, disputed=1), row(4, 4, 4, month=None)]
    text = below(drawn(*rows, left_out=[{"reason": "no_number", "figures": 3}]))
    assert "Sums may be partial" in text and "partial" not in below(drawn(*rows, left_out=[{"reason": "superseded", "figures": 3}]))
    for part in ("Not added: 3 figures (no number: 3)", "Undated, and not drawn: 4 people", "Disputed: 1", "unknown number in 1 count",
                 "contradict each other", "arrow up: no upper bound is stated", "Conflict Facts, revision 3."):  # fmt: skip
        assert part in text
    assert "estimate" not in below(
        drawn(row(40, None, None, month="2024-01", without_best=1))
    )  # There is none that could leave something out.


def test_a_small_chart_says_how_much_it_does_not_say() -> None:
    rows = [row(1, 2, None, month="2024-01", without_best=1, contradicted=1, disputed=1, imprecise_dates=1), row(4, 4, 4, month=None)]
    assert "more remarks, which a larger chart or /embed/timeline has" in below(drawn(*rows, size="card"))


def test_a_long_timeline_is_cut_and_says_so() -> None:
    spec = drawn(row(1, 1, 1, year=1900), row(2, 2, 2, year=2000), by="year")
    assert len(spec["data"]["values"]) == MAX_BARS and f"Shows the newest {MAX_BARS} of 101 years" in below(spec)


def test_arabic_is_isolated_so_that_it_keeps_its_place() -> None:
    assert isolated("OCHA: قتلى 12 في حلب (Aleppo حلب), 2024") == "OCHA: \u2067قتلى 12 في حلب\u2069 (Aleppo \u2067حلب\u2069), 2024"
    spec = chart(Totals([row(1, month="2024-01")], ("month",), (), {}, True), [row(1, month="2024-01")], Content("حلب", "", ""), "a", "og")
    assert spec["title"]["text"] == ["\u2067حلب\u2069"] and "Noto Sans Arabic" in spec["config"]["font"]


async def test_a_chart_is_answered_from_the_cache_and_frozen_at_a_revision(aleppo: Instance) -> None:
    path = "/chart.svg?measure=killed&by=year&country=MMR"
    response = await aleppo.client.get(path)
    assert response.status_code == 200 and response.headers["content-type"] == "image/svg+xml"
    width, height = SIZES["og"]
    assert f'width="{width}" height="{height}"' in response.text and "<title>People killed by year" in response.text
    assert "revision 1" in response.text and "sum of" in response.text
    hits = aleppo.app.state.response_cache.hits
    assert (await aleppo.client.get(path)).content == response.content and aleppo.app.state.response_cache.hits == hits + 1
    frozen = await aleppo.client.get(f"{path}&revision=1")
    assert "max-age" in frozen.headers["cache-control"]
    unchanged = await aleppo.client.get(f"{path}&revision=1", headers={"if-none-match": frozen.headers["etag"]})
    assert unchanged.status_code == 304
    picture = await aleppo.client.get(path.replace(".svg", ".png"), headers={"accept-encoding": "br"})
    assert picture.content.startswith(b"\x89PNG") and "content-encoding" not in picture.headers


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("by=month", "measure: is missing"),
        ("measure=killed&by=country", "by month or by year"),
        ("measure=killed&size=huge", "size: must not be"),
        ("measure=killed&scale=9", "scale: must not be"),
        ("measure=killed&scale=1&scale=2", "scale"),
        ("measure=killed&notice=off", "a picture tells no notices"),
        ("measure=killed&since=1800-01-01&until=1800-12-31", "nothing is counted"),
        ("measure=population", "nothing is counted"),
        ("measure=killed&basis=stock", "charts of counts at a time (stocks) are refused"),
    ],
)
async def test_a_chart_that_cannot_be_drawn_is_refused(aleppo: Instance, query: str, message: str) -> None:
    response = await aleppo.client.get(f"/chart.png?{query}")
    assert response.status_code in (400, 404) and message in response.text


def test_only_labels_for_which_there_is_room_are_measured() -> None:
    """Measuring texts takes most of the time of a chart."""
    rows = [row(n, month=f"{2019 + n // 12}-{n % 12 + 1:02d}") for n in range(MAX_BARS)]
    for size, most in (("og", 20), ("card", 10), ("square", 18)):
        spec = drawn(*rows, size=size)
        axis, bars = spec["encoding"]["x"]["axis"], [bar["x"] for bar in spec["data"]["values"]]
        assert len(bars) == MAX_BARS and 0 < len(axis["values"]) <= most and {*axis["values"]} <= {*bars} and axis["values"][0] == bars[0]
    assert [*drawn(*rows[:8])["encoding"]["x"]["axis"]["values"]] == [bar["x"] for bar in drawn(*rows[:8])["data"]["values"]]


def test_what_there_is_no_room_for_is_counted() -> None:
    for texts, last in ((["a"] * 7, "and 2 more remarks, which"), (["a"] * 5 + ["long " * 9], "and 1 more remark, which")):
        assert chart_specs.below("card", texts, 30)[-1].startswith(last)


WIDE = "DejaVu Sans, Verdana, sans-serif"  # What a reader may have in place of Noto Sans, and the widest that is usual.
BESIDE = """() => [...document.querySelectorAll("svg text")].filter((text) => {
  const box = text.getBoundingClientRect(), whole = document.querySelector("svg").getBoundingClientRect();
  return box.right > whole.right + 1 || box.left < whole.left - 1;
}).map((text) => text.textContent)"""


async def test_no_text_of_a_picture_is_cut_in_another_font(browser: Browser, aleppo: Instance) -> None:
    """An SVG is drawn by the browser in a font that it has: "arrow down: no lower bound is stated" must not lose its "no"."""
    page, pictures = await browser.new_page(), Pictures()
    rows = [row(*numbers, month=f"2024-{month:02d}") for month, (numbers, _) in enumerate([*BARS, ((None, 20_000, None), None)], 1)]
    sizes = SIZES if NIGHTLY else ["square"]  # The narrowest, and the largest letters for their room.
    drawings = {size: (await pictures.draw(drawn(*rows, size=size), "svg")).decode() for size in sizes}
    await pictures.close()
    maps = [f"/map.svg?of=figures&measure=killed&size={size}" for size in sizes]
    drawings |= {path: response.text for path in maps if (response := await aleppo.client.get(path)).status_code != 503}
    for name, svg in drawings.items():
        assert FONT in svg
        await page.set_content(svg.replace(FONT, WIDE))
        assert await page.evaluate(BESIDE) == [], name
    await page.close()
