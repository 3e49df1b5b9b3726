"""Values as pages show them: each type of field in words, with the page that a value leads to and the language that it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from schema.model.claim import CLAIM_FIELDS
from schema.model.completeness import complete
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import FIELD_TYPE_NAMES, Type

from .. import words
from ..words import dates

SPELLED = {
    "ucdp": "UCDP", "id": "id", "url": "address", "sha256": "SHA-256", "geonames": "GeoNames", "wikidata": "Wikidata", "pcode": "P-code",
    "license": "licence",
}  # fmt: skip
SCHEMES = ("http://", "https://")
YES_OR_NO = {True: "yes", False: "no"}


class Shown(NamedTuple):
    """One value: its text, where it leads, the code or the date that it stands for, and the language of the text."""

    text: str
    href: str = ""
    code: str = ""
    date: str = ""
    lang: str = ""


@lru_cache(maxsize=1024)  # Every page has the same names.
def title(name: str) -> str:
    """The name of a field as a heading: `started_on` as "Started on"."""
    words_of_it = [SPELLED.get(word, word) for word in name.split("_")]
    text = " ".join(words_of_it)
    return text[:1].upper() + text[1:]


def record_path(kind: Kind, id: str) -> str:
    return f"/{kind.plural}/{id}"


def record_name(kind: Kind, record: Mapping[str, Any]) -> str:
    """The name by which a record is called: its label, else its id."""
    return str((record.get(kind.label) if kind.label else None) or record["id"])


class Values:
    """Shows values of the fields of some kinds."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds

    def shown(self, field: Field, value: Any, lang: str = "") -> tuple[Shown, ...]:
        """A value of a field, as a record or a claim gives it; empty if it is unknown."""
        if value is None or value in ("", [], ()):
            return ()
        items = value if field.type.many else [value]
        return tuple(SHOWN[field.type.name](self, field.type, item, lang) for item in items)

    def text(self, field: Field, value: Any) -> str:
        """The same in one line."""
        return ", ".join(one.text for one in self.shown(field, value))

    def claim_field(self, name: str, value: Any) -> str:
        """A field of a claim, such as its credibility, in one line."""
        return self.text(CLAIM_FIELDS[name], value)

    def _record(self, type: Type, value: Any, lang: str) -> Shown:
        """A record: with its name where a record refers to it, by its id alone where a claim does."""
        kind = self.kinds[type.ref or ""]
        record = value if isinstance(value, Mapping) else {"id": value}
        return Shown(record_name(kind, record), record_path(kind, record["id"]))


def _text(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return Shown(str(value), lang=lang)


def _number(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return Shown(words.number(value))


def _plain(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return Shown(str(value))


def _code(values: Values, type: Type, value: Any, lang: str) -> Shown:
    assert type.vocabulary is not None
    return Shown(type.vocabulary.codes[str(value)].label, code=str(value))


def _date(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return Shown(dates.day(value), date=value)


def _url(values: Values, type: Type, value: Any, lang: str) -> Shown:
    """An address. Anything but http and https stays a text: a source may contain any."""
    return Shown(str(value), str(value) if str(value).lower().startswith(SCHEMES) else "")


def _boolean(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return Shown(YES_OR_NO[value])


def _ref(values: Values, type: Type, value: Any, lang: str) -> Shown:
    return values._record(type, value, lang)


SHOWN: Mapping[str, Callable[[Values, Type, Any, str], Shown]] = {
    "text": _text, "texts": _text, "url": _url, "language": _plain, "sha256": _plain, "integer": _plain, "number": _number, "latitude": _plain,
    "longitude": _plain, "boolean": _boolean, "date": _date, "code": _code, "level": _code, "ref": _ref, "refs": _ref,
}  # fmt: skip
complete("SHOWN in api/pages/values.py", SHOWN, FIELD_TYPE_NAMES)
