"""Arabic is drawn from right to left, also in a line of Latin letters: each glyph stands where a reader expects it, not only is there one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from api.pages.card_pictures import _line
from api.pages.chart_specs import FONT, INK, PAPER, isolated
from api.pictures.pictures import Pictures

from ..support.pixels import segments

# A line as it is stored, and the glyphs that a reader sees from left to right. Letters stand apart, so that none joins another.
LINES = [
    ("د ا ر", "راد"),
    ("I: د ا ر 12 و, O", "I:و12راد,O"),
    ("OCHA د ا 7", "OCHA7اد"),  # A number that ends an Arabic text belongs to it.
    ("و د, H", "دو,H"),
]
SIZE, WIDTH = 40, 640


def framed(text: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="80" font-family="{FONT}"><rect width="{WIDTH}" height="80" fill="{PAPER}"/>{text}</svg>'


def spec(text: str) -> dict[str, object]:
    mark = {"type": "text", "text": isolated(text), "fontSize": SIZE, "align": "left", "x": 10, "y": 40, "color": INK}
    return {
        "data": {"values": [{}]},
        "mark": mark,
        "width": WIDTH,
        "height": 80,
        "background": PAPER,
        "config": {"font": FONT, "view": {"stroke": None}},
    }


async def drawn_as_cards(pictures: Pictures, text: str) -> list[tuple[int, int]]:
    return segments(await pictures.paint(framed(_line(text, 50, SIZE, False, INK))))


async def drawn_as_charts(pictures: Pictures, text: str) -> list[tuple[int, int]]:
    return segments(await pictures.draw(spec(text), "png"))


Draw = Callable[[Pictures, str], Awaitable[list[tuple[int, int]]]]


@pytest.mark.parametrize("draw", [drawn_as_cards, drawn_as_charts])
async def test_glyphs_stand_in_the_order_in_which_they_are_read(draw: Draw) -> None:
    pictures = Pictures()
    try:
        alone = {glyph: (await draw(pictures, glyph))[0] for glyph in sorted({glyph for _, seen in LINES for glyph in seen})}
        for line, seen in LINES:
            found = await draw(pictures, line)
            assert len(found) == len(seen), line
            for place, (glyph, (width, ink)) in enumerate(zip(seen, found, strict=True)):
                likest = min(alone, key=lambda other: abs(alone[other][0] - width) * 200 + abs(alone[other][1] - ink))
                assert likest == glyph, (line, place, glyph)
    finally:
        await pictures.close()
