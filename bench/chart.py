"""A bar chart as SVG: requests per second of each server, for each question."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

WIDTH, LABEL, BAR, GAP = 860, 250, 16, 5
COLOURS = {"ours": "#0b6e4f", "floor": "#9aa0a6"}
OTHER = "#c2703d"
STYLE = "text{font:13px system-ui,sans-serif;fill:currentColor}.q{font-weight:600}"


def chart(groups: dict[str, dict[str, tuple[str, float]]]) -> str:
    """`groups` maps the title of a question to servers by name, each with its label and its rate."""
    y, parts = 10, []
    for title, bars in groups.items():
        parts.append(f'<text class="q" x="0" y="{y + 14}">{escape(title)}</text>')
        y += BAR + GAP + 4
        parts += _bars(bars, y)
        y += len(bars) * (BAR + GAP) + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-label="Requests per second by question and server"><style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _bars(bars: dict[str, tuple[str, float]], y: int) -> Iterator[str]:
    most = max(rate for _, rate in bars.values())
    for n, (name, (label, rate)) in enumerate(bars.items()):
        top, length = y + n * (BAR + GAP), max(1, round(rate / most * (WIDTH - LABEL - 90)))
        yield f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(label)}</text>'
        yield f'<rect x="{LABEL}" y="{top}" width="{length}" height="{BAR}" fill="{COLOURS.get(name, OTHER)}"/>'
        yield f'<text x="{LABEL + length + 6}" y="{top + 13}">{rate:,.0f}</text>'
