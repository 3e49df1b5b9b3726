"""Good and bad spellings of every value type: what one reader accepts or rejects, all of them must, and alike.

`GOOD` has, by type, spellings and the value that each of them is, as text. Files, tables, YAML and filters all get texts; surrounding white
space is added where a reader can have any.
"""

from __future__ import annotations

from decimal import Decimal

from schema.codelists.vocabularies import CLARITY, COUNTRY, MEASURE
from schema.model.parsers import join_list
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

LONG = "x" * 1_000_000
GOOD: list[tuple[Type, dict[str, str]]] = [
    (TEXT, {"NA": "NA", "nan": "nan", "null ": "null", " Aleppo": "Aleppo", "007.0": "007.0", "a\r\nb": "a\nb", "a\rb\n\rc": "a\nb\n\nc", "حلب \u202a𐀀": "حلب \u202a𐀀"}),
    (TEXTS, {"a|b": "a | b", '["a\\r\\nb", "c"]': "a\nb | c", " a | b ": "a | b", '["a | b"]': '["a | b"]'}),
    (URL, {"https://example.org/a?b=ü": "https://example.org/a?b=ü", " http://a.b ": "http://a.b"}),
    (LANGUAGE, {"en": "en", "EN": "en", "ZH-hant-tw": "zh-Hant-TW", "es-419": "es-419"}),
    (SHA256, {"a" * 64: "a" * 64, "AB" * 32: "ab" * 32}),
    (INTEGER, {"7": "7", "-007": "-7", "+7": "7", "7.": "7", "7.0": "7", "900001.0": "900001", "9e5": "900000", "9E+05": "900000", "1.5e1": "15", "2147483647": "2147483647", "-2147483647": "-2147483647", "50e-1": "5"}),
    (NUMBER, {"14000": "14000", "1e3": "1000", "12.50": "12.5", ".5": "0.5", "-0": "0", "0.1": "0.1", "123456789012345678.123456789": "123456789012345678.123456789", "0.12345678949": "0.123456789", "0.1234567895": "0.12345679", "-0.0000000005": "-0.000000001", "1.2345678901234567e-05": "0.000012346", "12.3333333333333333333333": "12.333333333", "1e+17": "100000000000000000"}),
    (LATITUDE, {"-90": "-90", "45.0": "45", "24.586669999999998": "24.586669999999998", "24.5866699999999980001": "24.586669999999998", "-0.00012345678901234567": "-0.00012345678901234567", "9e1": "90", "1e-05": "1e-05"}),
    (LONGITUDE, {"180.000": "180", "-179.99999999999999999": "-180", "36.850000000000001": "36.85"}),
    (BOOLEAN, {"true": "true", "True": "true", "FALSE": "false"}),
    (DATE, {"1753-01-01": "1753-01-01", "0001-01-01": "0001-01-01", "9999-12-31": "9999-12-31", " 2024-02-29": "2024-02-29", "2024-02-29T00:00:00": "2024-02-29", "2024-02-29 00:00:00.000": "2024-02-29", "2024-02-29T00:00:00Z": "2024-02-29", "2024-02-29 00:00:00+00": "2024-02-29", "2024-02-29T00:00": "2024-02-29", "2024-02-29T00:00:00+02:00": "2024-02-29"}),
    (code(COUNTRY), {"NAM": "NAM", "nam": "NAM", " Syr ": "SYR"}),
    (code(MEASURE), {"killed": "killed", "KILLED": "killed", "Area_Captured": "area_captured"}),
    (level(CLARITY), {"2": "2", "2.0": "2", "1e0": "1"}),
    (ref("event"), {"ucdp-ged-36211": "ucdp-ged-36211", "A.1": "A.1"}),
    (refs("source"), {"a|b": "a | b", "a": "a"}),
]  # fmt: skip
BAD: list[tuple[Type, list[str]]] = [
    (TEXT, [LONG]),
    (TEXTS, ["a||b", "[1]", '["a", null]']),
    (URL, ["ftp://example.org", "https://example.org/a b", "Tanker https://example.org", "javascript:alert(1)", "example.org"]),
    (LANGUAGE, ["English", "es-٤١٩", "e", "en_US"]),
    (SHA256, ["a" * 63, "g" * 64]),
    (INTEGER, ["14,000", "1.5", "2147483648", "-2147483648", "9" * 5000, "1e10", "1_000", "٣", "0x10", "1e", "", "nan", "NA", "5e-1", "4.0000000000000000001", "true"]),
    (NUMBER, ["14,000", "14k", "1_000", "NaN", "-sNaN", "Infinity", "inf", "1e18", "999999999999999999.9999999999", "٣", "1 000", "--1", "1e1000", "0x1", "1e-30", "0.9999999999", "4.0000000000000000001", "."]),
    (LATITUDE, ["90.0001", "1e99", "-90.00001", "45N", "12,5", "nan"]),
    (LONGITUDE, ["-181", "180.1", "nan", "1e400"]),
    (BOOLEAN, ["yes", "1", "0", "t", "truth"]),
    (DATE, [
        "2024-02-30", "27/11/2024", "20241127", "2024-W48-3", "2024", "2024-11", "٢٠٢٤-١١-٢٧", "0000-01-01", "0000-12-31T00:00:00", "10000-01-01", "-0001-01-01", "2024-11-27T24:00:00",
        "2024-11-27T23:60:00", "2024-11-27T00:00:60", "2024-11-27T", "2024-11-27T00", "2024-11-27x", "1732665600000", "2024-11-27T00:00:00+15:00", "2024-1-7", "infinity", "today", "0001-01-01 BC",
    ]),
    (code(COUNTRY), ["SYRIA", "SY", "XXX"]),
    (code(MEASURE), ["kiled", "killed "+"x", "area captured"]),
    (level(CLARITY), ["3", "0", "low", "1.6", "-1"]),
    (ref("event"), ["two words", "-a", "a/b", "x" * 129]),
    (refs("source"), ["a | -b", "a|"]),
]  # fmt: skip
# A time of day has no field: texts of our own that state one are rejected; of foreign files, the day is kept, and the time in `original`.
WITH_TIME = ["2024-11-27T14:30:00", "2024-11-27 23:59:59.999", "2024-11-27T12:00+05:30", "2024-11-27T03:00:00+03:00"]
# An instant whose day depends on a time zone that it does not state, or that another container does not keep.
INSTANTS = ["2024-11-27T00:00:01Z", "2024-11-26 21:00:00+00", "2024-11-26 19:00:00-05:00"]
GOOD_SPELLINGS = [(type, text, value) for type, spellings in GOOD for text, value in spellings.items()]
BAD_SPELLINGS = [(type, text) for type, spellings in BAD for text in spellings]


def as_text(value: object) -> str:
    """A parsed value in its shortest form, as `GOOD` has it."""
    if isinstance(value, tuple):
        return join_list(value)
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value).removesuffix(".0") if isinstance(value, float) else str(value)
