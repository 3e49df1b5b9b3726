"""Each value type accepts the values that it documents, keeps them exactly, and refuses all others with a reason."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.codelists.vocabularies import CLARITY, COUNTRY, MEASURE
from schema.kinds import KINDS
from schema.model.operators import OPERATORS
from schema.model.parsers import parse_id
from schema.model.types import (
    BOOLEAN,
    DATE,
    INTEGER,
    LANGUAGE,
    LATITUDE,
    LONGITUDE,
    NUMBER,
    SHA256,
    TEXT,
    TEXTS,
    URL,
    Type,
    code,
    level,
    ref,
    refs,
)

from ..support.properties import examples
from ..support.spellings import BAD_SPELLINGS, GOOD_SPELLINGS, WITH_TIME, as_text

TYPES = {field.type.graphql + field.type.name: field.type for kind in KINDS.values() for field in kind.fields.values()}

ACCEPTED: list[tuple[Type, object, object]] = [
    (TEXT, "  Aleppo\n", "Aleppo"),
    (TEXT, "no", "no"),
    (TEXT, "NA", "NA"),
    (TEXT, "two\nlines\tand a tab", "two\nlines\tand a tab"),
    (TEXT, "حلب \u202a𐀀", "حلب \u202a𐀀"),
    (TEXTS, "a | b", ("a", "b")),
    (TEXTS, ["a | b", "c"], ("a | b", "c")),
    (URL, "https://example.org/a?b=ü", "https://example.org/a?b=ü"),
    (LANGUAGE, "zh-Hant-TW", "zh-Hant-TW"),
    (LANGUAGE, "es-419", "es-419"),
    (SHA256, "a" * 64, "a" * 64),
    (INTEGER, "-007", -7),
    (INTEGER, 2**31 - 1, 2**31 - 1),
    (NUMBER, "14000", Decimal(14000)),
    (NUMBER, "1e3", Decimal(1000)),
    (INTEGER, Decimal("7.0"), 7),
    (INTEGER, 7.0, 7),
    (NUMBER, "12.50", Decimal("12.5")),
    (NUMBER, "0.1", Decimal("0.1")),
    (NUMBER, Decimal("123456789012345678.123456789"), Decimal("123456789012345678.123456789")),
    (NUMBER, "-0", Decimal(0)),
    (LATITUDE, "-90", -90.0),
    (LONGITUDE, "180.000", 180.0),
    (LATITUDE, "24.586669999999998", 24.586669999999998),
    (BOOLEAN, "True", True),
    (BOOLEAN, False, False),
    (DATE, "1753-01-01", dt.date(1753, 1, 1)),
    (DATE, "2919-12-31", dt.date(2919, 12, 31)),
    (DATE, " 2024-02-29 ", dt.date(2024, 2, 29)),
    (code(COUNTRY), "NAM", "NAM"),
    (code(MEASURE), "killed", "killed"),
    (level(CLARITY), "2", 2),
    (ref("event"), "ucdp-ged-36211", "ucdp-ged-36211"),
    (refs("source"), "a | b", ("a", "b")),
]  # fmt: skip

REFUSED: list[tuple[Type, object, str]] = [
    (TEXT, "", "is empty; leave the field out"),
    (TEXT, " \u3000\n", "is empty"),
    (TEXT, 5, "must be text, not the int 5"),
    (TEXT, False, "must be text, not the boolean false"),
    (TEXT, {}, "must be text, not a mapping"),
    (TEXT, "a\x00b", "NUL"),
    (TEXT, "a\ud800b", "half a surrogate pair"),
    (TEXTS, 5, "must be a list of texts"),
    (TEXTS, ["a", None], "must be text, not nothing"),
    (TEXTS, "a||b", "is empty"),
    (URL, "ftp://example.org", "http:// or https://"),
    (URL, "https://example.org/a b", "http:// or https://"),
    (URL, "javascript:alert(1)", "http:// or https://"),
    (LANGUAGE, "English", "BCP 47"),
    (LANGUAGE, "es-٤١٩", "BCP 47"),
    (INTEGER, "14,000", "must be a whole number, not '14,000'"),
    (INTEGER, Decimal("1.5"), "must be a whole number, not 1.5"),
    (INTEGER, True, "must be a whole number, not the boolean true"),
    (INTEGER, 2**31, "is out of range: 2147483648"),
    (INTEGER, "9" * 5000, "is out of range: 9999"),
    (NUMBER, "12,000", "must be a number, not '12,000'; write 12000, or 12 if it is a decimal comma"),
    (NUMBER, "1,234", "write 1234, or 1.234 if it is a decimal comma"),
    (NUMBER, "-1,234,567.5", "not '-1,234,567.5'; write -1234567.5"),
    (NUMBER, "12 000", "write 12000"),
    (NUMBER, "1.234.567,8", "write 1234567.8"),
    (NUMBER, "1.234,8", "write 1234.8"),
    (NUMBER, "12,5", "write 12.5, with a point"),
    (NUMBER, "13k", "write 13000"),
    (NUMBER, "1.2 million", "write 1200000"),
    (NUMBER, "1_000", "must be a number, not '1_000'; write 1000"),
    (NUMBER, "12 people", "write it in the digits 0 to 9 alone, without words or signs"),
    (NUMBER, "many", "not 'many'; write it in digits, or leave it out if it is not known"),
    (NUMBER, "", "must be a number"),
    (NUMBER, "NaN", "must be a finite number, not NaN"),
    (NUMBER, "-sNaN", "must be a finite number"),
    (NUMBER, "Infinity", "must be a finite number, not Infinity"),
    (NUMBER, "1e999999999999999999999", "must be a number"),
    (NUMBER, "1e18", "at most 18 digits before the point"),
    (NUMBER, True, "must be a number, not the boolean true"),
    (NUMBER, [1], "must be a number, not the list [1]"),
    (LATITUDE, "90.0001", "between -90 and 90 degrees, not 90.0001"),
    (LATITUDE, "1e999", "between -90 and 90 degrees"),
    (LATITUDE, "-1e1000000", "must be a number"),
    (NUMBER, "1e1000000", "must be a number"),
    (NUMBER, "1" * 60, "is out of range"),
    (NUMBER, "1e999", "is out of range"),
    (LONGITUDE, "-181", "between -180 and 180 degrees"),
    (LONGITUDE, "nan", "must be a finite number"),
    (BOOLEAN, "yes", "must be true or false, not 'yes'"),
    (BOOLEAN, 1, "must be true or false, not the int 1"),
    (BOOLEAN, [], "must be true or false"),
    (DATE, "2024-02-30", "2024-02-30 is not in the calendar"),
    (DATE, "27/11/2024", "must be a date such as 2024-11-27"),
    (DATE, "20241127", "must be a date such as 2024-11-27"),
    (DATE, "2024-W48-3", "must be a date such as 2024-11-27"),
    (DATE, "٢٠٢٤-١١-٢٧", "must be a date such as 2024-11-27"),
    (DATE, "0000-01-01", "0000-01-01 is not in the calendar"),
    (DATE, "10000-01-01", "must be a date such as"),
    (DATE, dt.datetime(2024, 11, 27, tzinfo=dt.UTC), "must be a date without a time"),
    (DATE, "2024-11-27T14:30:00", "not '2024-11-27T14:30:00'; leave the time out"),
    (DATE, 20241127, "must be a date such as 2024-11-27, not the int 20241127"),
    (code(COUNTRY), "SYRIA", "not in the vocabulary country; did you mean SYR"),
    (code(MEASURE), "kiled", "not in the vocabulary measure; did you mean killed"),
    (code(MEASURE), False, "must be a code of measure, not the boolean false"),
    (level(CLARITY), "3", "3 is not on the scale clarity, which goes from 1 to 2"),
    (level(CLARITY), "low", "must be a whole number"),
    (ref("event"), "two words", "must be an id of letters"),
    (refs("source"), "a | a", "names the same record twice"),
    (refs("source"), ["a", {}], "must be text"),
]


@pytest.mark.parametrize(("type", "raw", "expected"), ACCEPTED)
def test_a_valid_value_is_kept_exactly(type: Type, raw: object, expected: object) -> None:
    value = type.parse(raw)
    assert value == expected
    assert isinstance(value, type.python)


@pytest.mark.parametrize(("type", "raw", "message"), REFUSED)
def test_an_invalid_value_is_refused_with_a_message_that_says_how_to_fix_it(type: Type, raw: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        type.parse(raw)


def test_equal_spellings_are_one_value() -> None:
    for type, text, value in GOOD_SPELLINGS:
        assert as_text(type.parse(text)) == value, (type.name, text)


def test_a_bad_spelling_is_rejected() -> None:
    for type, text in BAD_SPELLINGS:
        try:
            found = type.parse(text)
        except ValueError as problem:
            assert re.match(r"must|is|has|contains|names|would|'|[0-9-]", str(problem)), (type.name, text[:80])
        else:
            pytest.fail(f"{type.name} {text[:80]!r} is read as {found!r}")


@pytest.mark.parametrize("text", WITH_TIME)
def test_a_time_of_day_is_not_dropped_from_a_date(text: str) -> None:
    with pytest.raises(ValueError, match="leave the time out"):
        DATE.parse(text)


@pytest.mark.parametrize("id", ["a", "A1", "ucdp-ged-36211", "r.e_f-1", "9", "x" * 128, "BAN-2009-1-490"])
def test_a_valid_id_is_accepted(id: str) -> None:
    assert parse_id(id) == id


@pytest.mark.parametrize("id", ["-a", "a.", "a/b", "a b", "é", "x" * 129, "a?b", "a%20b", "a,b", ".", "..", "a\nb", "a|b", "'", '"'])
def test_an_id_that_a_url_could_not_contain_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="must be an id of letters, digits"):
        parse_id(id)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(), st.text(), st.text(alphabet="0123456789.eE+-_NaIinfty ,٣"),
    st.dates(), st.lists(st.one_of(st.text(), st.none(), st.integers())), st.dictionaries(st.text(), st.text(), max_size=1),
    st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010)),
)  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("type", TYPES.values(), ids=TYPES)
@examples(25, 1_000)
@given(value=ODD)
def test_any_value_is_kept_exactly_or_refused(type: Type, value: object) -> None:
    try:
        parsed = type.parse(value)
    except ValueError as problem:
        assert str(problem)
        return
    assert isinstance(parsed, type.python)
    assert type.parse(parsed) == parsed, "a parsed value must parse to itself"
    if type.name in ("number", "integer", "latitude", "longitude", "level"):
        assert abs(Decimal(str(parsed)) - Decimal(str(value).strip())) <= Decimal("5e-10")
    elif type.is_date:
        assert str(parsed) == str(value).strip()[:10]
    else:
        written = _written(tuple(value.split("|")) if isinstance(value, str) and type.many else value)
        assert _written(parsed) == written or str(parsed).lower() == str(written).lower()
    if isinstance(parsed, str):
        parsed.encode()


def _written(value: object) -> object:
    """What a person would call the same value."""
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    text = str(value).strip()
    try:
        return (
            Decimal(text)
            if re.fullmatch(r"\s*[+-]?[\d.]+([eE][+-]?\d+)?\s*", text)
            else text.lower()
            if text.lower() in ("true", "false")
            else text
        )
    except ArithmeticError:
        return text


def test_every_operator_of_a_field_is_declared() -> None:
    for kind in KINDS.values():
        for field in kind.fields.values():
            assert set(field.type.operators) <= set(OPERATORS), f"{kind.name}.{field.name}"
