"""What a language needs to say a figure: messages, labels of codes, and nouns and verbs that agree with a number by the plural rules of CLDR.

Numbers, days and plural categories are those of CLDR, from Babel.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pycountry

from schema.codelists.vocabularies import COUNTRY, POPULATION, UNIT, Vocabulary
from schema.kinds.figure import QUANTITIES

from .babel_formats import day_text, number_text, part_of_day, plural_category

if TYPE_CHECKING:
    from babel import Locale

ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # Around a name of another script in a line that is read from right to left.
M, F, N = "m", "f", "n"  # Genders.
ONE, OTHER = "one", "other"
COUNTED_FOR, SUFFERED, DID = "counted_for", "suffered", "did"  # What the actor of a figure has to do with it.
LOSSES = ("killed", "injured", "casualties", "missing", "displaced", "detained", "affected", "buildings_damaged", "buildings_destroyed")
DOERS = ("settlements_captured", "area_captured", "equipment_lost")  # Measures that the actor made or lost itself.


@dataclass(frozen=True)
class Noun:
    """A noun behind a number. `forms` are by plural category, and `governed` those behind a word such as "more than", where these differ.

    `some` is the noun behind "an unknown number of".
    """

    forms: Mapping[str, str]
    some: str
    gender: str = M
    governed: Mapping[str, str] = field(default_factory=dict)

    def form(self, category: str, governed: bool) -> str:
        forms = self.governed if governed and self.governed else self.forms
        return forms.get(category) or forms.get(OTHER) or self.forms[OTHER]


@dataclass(frozen=True)
class Wording:
    """How a measure is said of a number. `templates` are chosen by the gender and the number of the noun; `nouns` replaces the noun of the unit.

    `negated`: whether "none" negates the verb of the template, where the language does that. `negative` is the template then, if it has its own.
    """

    templates: Sequence[str]
    nouns: Noun | None = None
    negated: bool = True
    negative: str = ""


class Part(NamedTuple):
    """One expression of a number: its message, such as "at_least", and its numbers."""

    message: str
    numbers: tuple[Any, ...] = ()


class Amount(NamedTuple):
    """A number in words: its parts, joined by a word, and what is said beside them in parentheses."""

    parts: tuple[Part, ...]
    joiner: str = "and"
    beside: str = ""

    def is_only(self, message: str) -> bool:
        return len(self.parts) == 1 and self.parts[0].message == message and not self.beside

    @property
    def plural(self) -> bool:
        """Whether an English noun behind it is a plural."""
        part = self.parts[0]
        return bool(self.beside) or len(self.parts) > 1 or len(part.numbers) != 1 or part.numbers[0] != 1


class Language:
    """A language, from its declarations. A subclass has what its grammar does otherwise."""

    script = ""  # Names in this script, by its name in Unicode, are printed as they are in the place of those in Latin letters.
    rtl = False
    governing: ClassVar[frozenset[str]] = frozenset()  # The messages whose words govern the noun behind the number.
    negation = "{}"  # Around a phrase whose number is none, if its wording is negated.

    def __init__(
        self, code: str, name: str, messages: Mapping[str, str], labels: Mapping[str, Mapping[str, str]], countries: Mapping[str, str],
        units: Mapping[str, Noun], populations: Mapping[str, Noun], measures: Mapping[str, Wording],
    ) -> None:  # fmt: skip
        self.code, self.name, self.messages, self.labels, self.countries = code, name, messages, labels, countries
        self.units, self.populations, self.measures = units, populations, measures

    def say(self, message: str, *values: object) -> str:
        return self.messages[message].format(*values)

    @cached_property
    def locale(self) -> Locale:
        from babel import Locale  # noqa: PLC0415  # A server that only says English does not need it.

        return Locale.parse(self.code)

    def category(self, number: object) -> str:
        """The plural category of a number, by CLDR: that of the number that is printed, with all its decimals."""
        return plural_category(self.locale, str(number))

    def number(self, value: object) -> str:
        """A number with all its decimals: a rounded bound would be false."""
        return number_text(self.locale, self._pattern(value), str(value))

    def _pattern(self, value: object) -> str:
        return "#,##0.#"

    def day(self, date: dt.date) -> str:
        return day_text(self.locale, date)

    def month(self, date: dt.date) -> str:
        """A month behind "in"."""
        return part_of_day(self.locale, "yMMMM", date)

    def days(self, first: dt.date, last: dt.date) -> tuple[str, str]:
        """The first and the last of several days. A month or a year that both have is said once."""
        if first.year != last.year:
            return self.day(first), self.day(last)
        return part_of_day(self.locale, "d" if first.month == last.month else "MMMMd", first), self.day(last)

    def year(self, date: dt.date) -> str:
        """A year behind "in"."""
        return str(date.year)

    def label(self, vocabulary: Vocabulary, code: str) -> str:
        """The label of a code inside a sentence."""
        return self.country(code) if vocabulary is COUNTRY else self.labels[vocabulary.name][code]

    def country(self, code: str) -> str:
        """The name of a country, from CLDR; of one that no longer exists, from the list of the language."""
        if code in self.countries:
            return self.countries[code]
        found = pycountry.countries.get(alpha_3=code)
        return str(self.locale.territories[found.alpha_2 if found else code[:2]])

    def name_of(self, name: str, native: object) -> str:
        """A proper name as it is given, or the native name in the script of the language; isolated in a line that is read from right to left."""
        if self.script and isinstance(native, str) and native and self._in_script(native):
            return native
        return f"{ISOLATE}{name}{END_ISOLATE}" if self.rtl and name and not self._in_script(name) else name

    def _in_script(self, text: str) -> bool:
        return bool(re.search(self.script, text)) if self.script else False

    def noun(self, vocabulary: Vocabulary, code: str) -> Noun:
        return (self.units if vocabulary is UNIT else self.populations)[code]

    def among(self, population: str) -> str:
        """Which people were counted, beside another noun."""
        return self.label(POPULATION, population)

    def wording(self, measure: str) -> Wording:
        return self.measures[measure]

    def actor(self, measure: str) -> str:
        """The message that says what the actor of a measure has to do with it."""
        return SUFFERED if measure in LOSSES else DID if measure in DOERS else COUNTED_FOR

    def amount(self, amount: Amount, noun: Noun | None = None) -> str:
        """A number with the noun behind it, without what is said beside it."""
        if amount.is_only("none") and noun:
            return self.say(f"no_{noun.gender}", noun.form(ONE, governed=True))
        if amount.is_only("unknown") and noun:
            return self.say("unknown_of", noun.some)
        *first, last = amount.parts
        words = [*(self._part(part, None) for part in first), self._part(last, noun)]
        return self.say(amount.joiner).join(words)

    def _part(self, part: Part, noun: Noun | None) -> str:
        text = self.say(part.message, *map(self.number, part.numbers))
        if noun is None or not part.numbers:
            return text
        return f"{text} {noun.form(self.category(part.numbers[-1]), part.message in self.governing)}"

    def counted(self, amount: Amount, noun: Noun | None) -> str:
        """A number with its noun and with what is said beside it."""
        text = self.amount(amount, noun)
        return f"{text} ({amount.beside})" if amount.beside else text

    def phrase(self, wording: Wording, amount: Amount, noun: Noun | None, among: str) -> str:
        """What was counted and how many. `among`: which people, where the noun does not say so."""
        part, none = amount.parts[-1], amount.is_only("none")
        category = self.category(part.numbers[-1]) if part.numbers else ONE if none else OTHER
        text = wording.templates[
            self.agreement(noun, category, bool(part.numbers) and part.message not in self.governing) if len(wording.templates) > 1 else 0
        ]
        text = wording.negative or self.negation.replace("{}", text) if none and noun and wording.negated else text
        text = text.format(counted=self.amount(amount, noun)) + (self.say("among", among) if among else "")
        return f"{text} ({amount.beside})" if amount.beside else text

    def agreement(self, noun: Noun | None, category: str, plain: bool) -> int:
        """Which of several templates agrees with a noun behind a number; `plain` if no word governs it."""
        return 0

    def joined(self, what: str, where: str, when: str) -> str:
        """The beginning of a sentence."""
        words = " ".join(part for part in (what, when, f"({where})" if where else "") if part)
        return words[:1].upper() + words[1:]


def unit_of(figure: Mapping[str, object]) -> str:
    """The unit of a figure: its own or, failing that, the only one that its measure can have; empty if that is unknown."""
    units = QUANTITIES.units.get(str(figure.get("measure")), ())
    return str(figure.get("unit") or (units[0] if len(units) == 1 else ""))


def labels(text: str) -> dict[str, dict[str, str]]:
    """The labels of codes by vocabulary, from lines such as "basis: flow per period | stock at one time | cumulative in all"."""
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {name: dict(entry.strip().split(" ", 1) for entry in rest.split("|")) for name, _, rest in lines}


def names(text: str) -> dict[str, str]:
    """The names of countries by their codes, from lines of such pairs."""
    return dict(entry.strip().split(" ", 1) for entry in text.strip().replace("\n", "|").split("|"))
