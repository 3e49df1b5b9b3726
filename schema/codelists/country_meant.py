"""Which country an abbreviation, a part of a name or an unusual spelling probably means: for messages, never for values."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pycountry

from .country_names import country_names

ABBREVIATIONS = {
    "gb": "GBR", "drcongo": "COD", "ksa": "SAU", "prc": "CHN", "rsa": "ZAF", "png": "PNG", "fyrom": "MKD", "fyrmacedonia": "MKD",
    "greatbritain": "GBR", "britain": "GBR", "england": "GBR", "scotland": "GBR", "gazastrip": "PSE", "gaza": "PSE", "westbank": "PSE", "zaire": "COD",
}  # fmt: skip
WORDS = {
    "dem": "democratic",
    "rep": "republic",
    "fed": "federal",
    "st": "saint",
    "is": "islands",
    "pdr": "peoples democratic republic",
    "n": "north",
    "s": "south",
    "eq": "equatorial",
}
FEWEST_LETTERS = 4  # Of words that a longer name is looked for by.
IDLE = frozenset(("of", "the", "and"))


def countries_meant(text: str) -> list[tuple[str, str]]:
    """The English names and ISO 3166-1 alpha-3 codes of the countries that a text may mean: the one that it is short for, or those whose names have all of its words."""
    words = _words(text)
    code = ABBREVIATIONS.get("".join(words)) or _by_code().get(text.strip().upper()) or _by_words().get(frozenset(words), "")
    names = _by_code_names()
    if code or len("".join(words)) < FEWEST_LETTERS:
        return [(names[code], code)] if code in names else []
    found = {of for having, of in _by_words().items() if having > frozenset(words) and of in names}
    return sorted((names[one], one) for one in found)


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower().replace("'", "")) if not unicodedata.combining(c))
    words = re.findall(r"\w+", plain)
    return [part for word in words if word not in IDLE for part in WORDS.get(word, word).split()]


@cache
def _by_code_names() -> dict[str, str]:
    """The names as they are read: Democratic Republic of the Congo, not ISO's "Congo, The Democratic Republic of the"."""
    known, names = country_names(), dict[str, str]()
    for country in pycountry.countries:
        name = getattr(country, "common_name", country.name)
        first, _, rest = name.partition(", ")
        turned = f"{rest} {first}".removeprefix("The ")
        names[country.alpha_3] = turned if rest and turned in known else name
    return names


@cache
def _by_code() -> dict[str, str]:
    return {code: country.alpha_3 for country in pycountry.countries for code in (country.alpha_2, country.alpha_3)}


@cache
def _by_words() -> dict[frozenset[str], str]:
    """By its words in any order, as in "Congo, Dem. Rep.": the code of the one country whose name has them."""
    codes: dict[frozenset[str], set[str]] = {}
    for name, code in country_names().items():
        codes.setdefault(frozenset(_words(name)), set()).add(code)
    return {words: next(iter(found)) for words, found in codes.items() if len(found) == 1}
