"""Numbers, days and plural categories by CLDR, from Babel.

Each is written once, since Babel takes longer for one than the rest of a sentence. Babel is imported when a language other than English is first used.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

REMEMBERED = 5000  # Numbers and days of each sort.
DIGITS = 100  # More than any number or total has; Python rounds to 28 unless it is told.


@lru_cache(REMEMBERED)
def plural_category(locale: Locale, number: str) -> str:
    value = Decimal(number)
    with localcontext(prec=DIGITS):
        return locale.plural_form(value.normalize() if value % 1 else int(value))


@lru_cache(REMEMBERED)
def number_text(locale: Locale, pattern: str, number: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415

    with localcontext(prec=DIGITS):
        return format_decimal(Decimal(number), format=pattern, locale=locale, decimal_quantization=False)


@lru_cache(REMEMBERED)
def day_text(locale: Locale, date: dt.date) -> str:
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(date, "long", locale=locale)


@lru_cache(REMEMBERED)
def part_of_day(locale: Locale, skeleton: str, date: dt.date) -> str:
    from babel.dates import format_skeleton  # noqa: PLC0415

    return format_skeleton(skeleton, date, locale=locale)
