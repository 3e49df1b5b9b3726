"""Which country an abbreviation or an unusual spelling probably means: for messages, never for values."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pycountry

from .country_names import country_names

ABBREVIATIONS = {
    "uk": "GBR", "gb": "GBR", "us": "USA", "usa": "USA", "drc": "COD", "rdc": "COD", "drcongo": "COD", "car": "CAF", "rca": "CAF", "uae": "ARE", "dprk": "PRK", "rok": "KOR",
    "ksa": "SAU", "prc": "CHN", "bih": "BIH", "rsa": "ZAF", "opt": "PSE", "png": "PNG", "fyrom": "MKD",
}  # fmt: skip
WORDS = {"dem": "democratic", "rep": "republic", "fed": "federal", "st": "saint", "is": "islands", "pdr": "peoples democratic republic"}
IDLE = frozenset(("of", "the", "and"))


def country_meant(text: str) -> tuple[str, str] | None:
    """The English name and the ISO 3166-1 alpha-3 code of the one country that a text probably means, None if there is none."""
    words = _words(text)
    code = ABBREVIATIONS.get("".join(words)) or _by_code().get(text.strip().upper()) or _by_words().get(frozenset(words), "")
    return (_by_code_names()[code], code) if code in _by_code_names() else None


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
