"""The languages in which facts are said, and the one that is spoken now: English, unless a request asks for another.

As in other frameworks for translations, the language is that of the context (`speaking`), so that every function has the words of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from schema.codelists import vocabularies
from schema.codelists.vocabularies import COUNTRY, LANGUAGE, MEASURE, POPULATION, UNIT, Vocabulary
from schema.model.completeness import complete
from schema.model.totals import LEFT_OUT_REASON, TOTALS_KEY

from ..grammar import Language
from .ar import ARABIC
from .en import ENGLISH
from .es import SPANISH
from .fr import FRENCH
from .ru import RUSSIAN
from .uk import UKRAINIAN

LANGUAGES: Mapping[str, Language] = {language.code: language for language in (ENGLISH, ARABIC, FRENCH, RUSSIAN, SPANISH, UKRAINIAN)}
LABELLED = {  # The vocabularies whose codes have labels in every language; countries have those of CLDR.
    found.name: found
    for found in (*vars(vocabularies).values(), LEFT_OUT_REASON, TOTALS_KEY)
    if isinstance(found, Vocabulary) and found not in (COUNTRY, LANGUAGE)
}
OLD_COUNTRIES = ARABIC.countries.keys()  # Those that CLDR no longer has.
_SPOKEN: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def check(language: Language) -> None:
    """Raise BadDeclaration unless a language says everything that English does, and has a label for each code."""
    home = f"api/words/languages/{language.code}.py"
    complete(f"MESSAGES in {home}", language.messages, ENGLISH.messages)
    if language is ENGLISH:
        return
    complete(f"LABELS in {home}", language.labels, LABELLED)
    for name, vocabulary in LABELLED.items():
        complete(f"LABELS[{name!r}] in {home}", language.labels[name], vocabulary.codes)
    complete(f"COUNTRIES in {home}", language.countries, OLD_COUNTRIES)
    for what, table, vocabulary in (
        ("UNITS", language.units, UNIT), ("POPULATIONS", language.populations, POPULATION), ("MEASURES", language.measures, MEASURE),
    ):  # fmt: skip
        complete(f"{what} in {home}", table, vocabulary.codes)


complete("LANGUAGES in api/words/languages/__init__.py", LANGUAGES, LANGUAGE.codes)
for _language in LANGUAGES.values():
    check(_language)


def language() -> Language:
    """The language that is spoken now."""
    return _SPOKEN.get()


def say(message: str, *values: object) -> str:
    """A message in that language."""
    return _SPOKEN.get().say(message, *values)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language by its code, such as "fr"."""
    token = _SPOKEN.set(LANGUAGES[code])
    try:
        yield
    finally:
        _SPOKEN.reset(token)
