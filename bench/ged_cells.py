"""What an event's row says of its sources and its deaths, with the oddities that real rows have at the rate they have them."""

from __future__ import annotations

import datetime as dt
import itertools
from bisect import bisect
from dataclasses import dataclass, field
from random import Random

from .ged_words import OFFICES, headline, one_of
from .ged_world import Country, Dyad, Place

LISTED = dt.date(2013, 1, 1)  # Since then coders list each article; before, they wrote free text and -1.
ODD_DATE = 2e-5  # Articles of 1753 or 2919.
LOW_ABOVE_BEST, BEST_ABOVE_HIGH = 0.0014, 0.0040  # 7 and 20 of the 5,042 events of two public samples.
KILLED = tuple(itertools.accumulate((7, 42, 16, 9, 5, 4, 3, 2, 2, 1.5, 1.5)))  # Of 100 events, how many have 0, 1, 2, … deaths.

Row = dict[str, object]
Article = tuple[str, str, str]  # Office, date, headline.


@dataclass
class Episode:
    """A few events in a row of one dyad, near in time, which share articles."""

    country: Country
    dyad: Dyad
    day: int
    left: int
    articles: list[Article] = field(default_factory=list)


def sources(rng: Random, episode: Episode, where: Place, day: dt.date, broken: bool) -> Row:
    """The cells on articles: lists that are joined by semicolons and, in the article's own cell, quoted without doubling; or free text."""
    if day < LISTED:
        text = _free_text(rng, where, day, broken)
        return {"number_of_sources": -1, "source_article": text, "source_office": "", "source_date": "", "source_headline": ""}
    count = 1
    while rng.random() < 0.34 and count < 44:
        count += 1
    listed = [_article(rng, episode, where, day, broken and not n) for n in range(count)]
    return {
        "number_of_sources": count,
        "source_article": ";".join(f'"{office},{date},{title}"' for office, date, title in listed),
        "source_office": ";".join(office for office, _, _ in listed),
        "source_date": ";".join(date for _, date, _ in listed),
        "source_headline": ";".join(title for _, _, title in listed),
    }


def _article(rng: Random, episode: Episode, where: Place, day: dt.date, broken: bool) -> Article:
    """A new article, or one that the episode has already had."""
    if episode.articles and not broken and rng.random() < 0.22:
        return one_of(rng, episode.articles)
    date = str(day + dt.timedelta(int(rng.random() ** 3 * 60)))
    if rng.random() < ODD_DATE:
        date = one_of(rng, ("1753-01-01", f"2919{date[4:]}"))
    title = headline(rng, where.name)
    found = (one_of(rng, OFFICES), date, title.replace(", ", "\n", 1) if broken else title)
    episode.articles.append(found)
    return found


def _free_text(rng: Random, where: Place, day: dt.date, broken: bool) -> str:
    gap = "\n" if broken else " "
    chance = rng.random()
    if chance < 0.35:
        return f"{one_of(rng, OFFICES)} yearbook{gap}{day.year}"
    if chance < 0.6:
        return f"{one_of(rng, OFFICES)},{gap}{day}"
    if chance < 0.85:
        return f'{one_of(rng, OFFICES)} {day:%d %B %Y},{gap}"{headline(rng, where.name)}'
    return f'"{one_of(rng, OFFICES)},{gap}{day},{headline(rng, where.name)}"'


def deaths(rng: Random, violence: int) -> Row:
    best = bisect(KILLED, rng.random() * 100)
    if best == len(KILLED):
        best += int(0.05 / (0.0005 + rng.random() ** 2))
    unknown = int(best * rng.random()) if rng.random() < 0.12 else 0
    known = best - unknown
    on_a = int(known * rng.random() * 0.6) if violence < 3 else 0
    mixed = rng.random() < 0.15
    civilians = known if violence == 3 else int((known - on_a) * rng.random()) if mixed else 0
    low, high = _range(rng, best)
    parts = {"deaths_a": on_a, "deaths_b": known - on_a - civilians, "deaths_civilians": civilians, "deaths_unknown": unknown}
    return {**parts, "best": best, "high": high, "low": low}


def _range(rng: Random, best: int) -> tuple[int, int]:
    low = best - int(best * rng.random()) if rng.random() < 0.05 else best
    high = best + 1 + int(best * rng.random()) if rng.random() < 0.115 else best
    chance = rng.random()
    if chance < LOW_ABOVE_BEST:
        return best + 1 + int(rng.random() * 3), high
    return low, max(0, best - 1) if chance > 1 - BEST_ABOVE_HIGH else high
