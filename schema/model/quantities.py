"""Which numbers are possible: declared once per measure and unit, and applied by fixtures, files and stored rows alike.

A number that nothing can have, such as −99 or 2.5 people, is no fact: fixtures reject it, and in files of others it becomes unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .parsers import is_whole

# 14.000: fourteen with three decimals, or fourteen thousand. Several points, as in 1.234.567, are no number at all.
GROUPED_PATTERN = "[+-]?[1-9][0-9]{0,2}[.][0-9]{3}"


@dataclass(frozen=True)
class Quantities:
    """The numbers that the records of a kind can have.

    `numbers`: the fields of one number: its lower bound, its best estimate and its upper bound. `measure`, `unit`, `quantifier`: the fields
    that say what it counts, in which unit, and how it is qualified. `units`: by measure, the units that it can be counted in. `fractional`:
    the units of which there are fractions; of all others, only whole numbers. `signed`: the measures that may be below zero, as a change may.
    `bounds`: by quantifier, the fields of the number that it speaks of; any of `beside` may be given with them. `excluding`: the
    quantifiers of bounds that the source excludes, as "more than" does.
    """

    numbers: tuple[str, str, str]
    measure: str
    unit: str
    quantifier: str
    units: Mapping[str, tuple[str, ...]]
    fractional: tuple[str, ...]
    signed: tuple[str, ...]
    bounds: Mapping[str, tuple[str, ...]]
    beside: Mapping[str, tuple[str, ...]]
    excluding: tuple[str, ...]

    def approximate(self, exact: str) -> tuple[str, ...]:
        """The quantifiers of a best estimate, but `exact`: about so many."""
        return tuple(code for code, fields in self.bounds.items() if fields == self.numbers[1:2] and code != exact)

    def excluded(self, field: str) -> tuple[str, ...]:
        """The quantifiers of a number whose source excludes the number itself."""
        return tuple(code for code in self.excluding if field in self.bounds[code])

    def below_nothing(self) -> tuple[str, ...]:
        """The quantifiers of an upper bound that cannot be 0: no number is below that."""
        return self.excluded(self.numbers[2])

    def single(self) -> tuple[str, ...]:
        """The quantifiers that speak of one number."""
        return tuple(code for code, fields in self.bounds.items() if len(fields) == 1)

    def can_have_fractions(self, measure: str | None, unit: str | None) -> bool:
        """Whether a number may have a fraction; a claim that says neither what it counts nor in which unit may."""
        units = (unit,) if unit else self.units.get(measure or "", self.fractional)
        return any(name in self.fractional for name in units)

    def impossible(self, number: Decimal, measure: str | None, unit: str | None) -> str:
        """Why a number is impossible, as the end of a sentence that begins with its field; empty if it is possible."""
        what = f"a number of {(unit or measure or 'anything').replace('_', ' ')}"
        if number < 0 and measure not in self.signed:
            return f"is {number}, and {what} cannot be below zero; leave the field out if the number is unknown"
        if not is_whole(number) and not self.can_have_fractions(measure, unit):
            return f"is {number}, and {what} must be whole; give what the source states, and leave the field out if it states no number"
        return ""

    def ambiguous(self, text: str, measure: str | None, unit: str | None) -> str:
        """Why the text of a number can be read as two numbers, as the end of a sentence; empty if it cannot."""
        if not re.fullmatch(GROUPED_PATTERN, text) or self.can_have_fractions(measure, unit):
            return ""
        whole = f", or {text[:-4]} if it is a decimal point" if text.endswith(".000") else ""
        return f"is {text}, whose point may stand between thousands: write {text.replace('.', '')}{whole}"

    def wrong_unit(self, measure: str | None, unit: str | None) -> str:
        """Why a measure cannot be in a unit; empty if it can."""
        if measure is None or unit is None or unit in self.units[measure]:
            return ""
        return f"is {unit}, and `{measure}` cannot be counted in it; use {' or '.join(self.units[measure])}, or correct the measure"

    def contradictions(self, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """The fields whose presence contradicts the quantifier, each with what is wrong."""
        quantifier = values.get(self.quantifier)
        given = [name for name in self.numbers if values.get(name) is not None]
        if quantifier is None or not given:
            return
        bounds = self.bounds[str(quantifier)]
        right = " and ".join(f"`{name}`" for name in bounds)
        for name in bounds:
            if name not in given:
                yield (
                    self.quantifier,
                    f"is {quantifier}, which speaks of {right}, but there is no `{name}`; give it, or correct the quantifier",
                )
        for name in given:
            # A bound that equals the number itself adds nothing and contradicts nothing.
            if name not in bounds + self.beside[str(quantifier)] and any(values.get(bound) != values[name] for bound in bounds):
                yield name, f"contradicts the quantifier {quantifier}, which speaks of {right} alone; correct one of them"
        if quantifier in self.below_nothing() and values.get(self.numbers[2]) == 0 and values.get(self.measure) not in self.signed:
            yield self.numbers[2], f"is 0, and nothing is {str(quantifier).replace('_', ' ')} that; correct the number or the quantifier"
