"""Invented collections: records of every kind with values of every type, some unknown; and their order in plain Python."""

from __future__ import annotations

import datetime as dt
import json
import random
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from schema.model.completeness import complete
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import FIELD_TYPE_NAMES

Cells = dict[str, Any]

TEXTS = [
    "Aleppo", "aleppo", "ALEPPO", "Alep", "Álepo", "Zürich", "zurich", "Łódź", "Straße", "strasse", "Ørland", "Çorum", "İzmir",
    "حلب", "أحمد", "احمد", "مُحَمَّد", "محمد", "إدلب", "دمشق", "Ιωάννινα", "Харьков", "北京", "🕊 peace", "½ km",
    "100% sure", "100 sure", "under_score", "underXscore", "back\\slash", "it's", 'say "no"', "semi; drop table event --", "a | b", "a, b",
    "tab\tand\nnewline", "naïve café", "naive cafe", "%", "_", "\\", "$1", "{id}", "</script>", "null", "NA", "0", "-1", "e\u0301t\u00e9", "ＦＵＬＬ％",
]  # fmt: skip


def collection(kinds: Kinds, size: int, seed: int = 0, sources: int = 3, rivals: bool = False) -> dict[str, list[Cells]]:
    """The claims of a collection by plural of the kind, as rows of NDJSON: `size` records a kind, each claimed once.

    With `rivals` other sources speak of them too, with all that can be said about a claim.
    """
    dice = random.Random(seed)
    ids = {kind.name: [f"{kind.name}-{number:04}" for number in range(size)] for kind in kinds.values()}
    found: dict[str, list[Cells]] = {kind.plural: [] for kind in kinds.settling_order}
    for kind in kinds.settling_order:
        for number, id in enumerate(ids[kind.name]):
            told = {"id": id, "source": ids["source"][number % sources], "locator": f"row {number}"}
            found[kind.plural].append(_row(dice, kind, told, ids, number, complete=True))
            if kind.permits and (rivals or number < sources or size < 40) and found[kind.plural][-1].get(kind.permits) is False:
                found[kind.plural][-1][kind.permits] = (
                    True  # Nothing here shall be withheld: a source that forbids redistribution makes no claims.
                )
            for rival in range(dice.choice([0, 0, 1, 2, 3]) if rivals else 0):
                told = {"id": id, "source": dice.choice(ids["source"]), "locator": f"rival {rival}", **_about(dice, ids["source"])}
                found[kind.plural].append(_row(dice, kind, told, ids, number, complete=False))
                if kind.permits:
                    found[kind.plural][-1] |= {kind.permits: True} if kind.permits in found[kind.plural][-1] else {}
    return found


def _row(dice: random.Random, kind: Kind, told: Cells, ids: dict[str, list[str]], number: int, complete: bool) -> Cells:
    row = dict(told)
    for one in kind.fields.values():
        earlier = ids[kind.name][:number] if one.type.ref == kind.name else ids.get(one.type.ref or "", [])
        row[one.name] = _value(dice, kind, one, told, earlier) if (complete and one.required) or dice.random() > 0.3 else None
    if all(row[name] is None for name in kind.fields):
        required = next(one for one in kind.fields.values() if one.required)
        row[required.name] = _value(dice, kind, required, told, ids.get(required.type.ref or "", []))
    row = {name: cell for name, cell in row.items() if cell is not None}
    for first, last in (names for names in kind.ascending if kind.fields[names[0]].type.is_date and {*names} <= {*row}):
        row[first], row[last] = sorted((row[first], row[last]))  # No span ends before it begins.
    for name, other in [(name, other) for name in row if (other := kind.other_degrees(name)) and other.name not in row]:
        own = random.Random(str(told))
        if own.random() > 0.5 and {*row} - {*told, name}:  # No point has one coordinate.
            del row[name]
        else:
            row[other.name] = _value(own, kind, other, told, [])
    return _possible(dice, kind, told, row)


def _possible(dice: random.Random, kind: Kind, told: Cells, row: Cells) -> Cells:
    """The row with numbers that its measure can have, a unit in which it is counted, and a quantifier that speaks of its numbers."""
    if (rule := kind.quantities) is None:
        return row
    measure = row.get(rule.measure) or _value(dice, kind, kind.fields[rule.measure], told, [])
    if rule.unit in row:  # Beside the measure, or it might be none of a measure that another claim states.
        row[rule.measure], row[rule.unit] = measure, rule.units[measure][0]
    for name in {*rule.numbers} & {*row}:
        number = Decimal(str(row[name]))
        if row.get(rule.unit) not in rule.fractional:
            row[name] = min(abs(int(number)), 2**53 - 1)  # JSON has no larger whole number exactly.
        elif number < 0:
            row[name] = abs(row[name])
    if (quantifier := row.get(rule.quantifier)) is not None:
        stated = rule.bounds[quantifier]
        for name in rule.numbers if {*stated} <= {*row} else (rule.quantifier,):
            if name not in (*stated, *rule.beside[quantifier]):
                row.pop(name, None)
        if quantifier in rule.below_nothing() and row.get(rule.numbers[2]) == 0:
            row[rule.numbers[2]] = 1
    return row


def _value(dice: random.Random, kind: Kind, one: Field, told: Cells, ids: list[str]) -> Any:
    """A value of a field. In what a record is, a source never contradicts itself, in whichever collection it speaks."""
    if not one.what:
        return value(dice, one, ids)
    same = ids if len(ids) > 7 else ids[:3]  # Collections of different sizes have these in common.
    return value(random.Random(f"{kind.name} {told['id']} {told['source']} {one.name}"), one, same)


def _about(dice: random.Random, sources: list[str]) -> Cells:
    return {
        "rank": dice.choice(["preferred", "normal", "normal", "deprecated"]),
        "credibility": dice.choice([None, 1, 2, 6]),
        "attributed_to": dice.choice([None, "witnesses", 'a "close" source']),
        "quoted_from": dice.choice([None, None, dice.sample(sources, 1), dice.sample(sources, 2)]),
        "consulted": dice.choice([None, dice.sample(sources, 1), dice.sample(sources, 2)]),
        "note": dice.choice([None, "A note.\nIn two lines."]),
        "entered_by": dice.choice([None, "somebody"]),
    }


def value(dice: random.Random, one: Field, ids: list[str]) -> Any:
    """A value that the field takes, as JSON has it; few of them, so that there are ties. None where there is none to give."""
    type = one.type
    if type.ref is not None:
        if type.many:
            return dice.sample(ids, min(len(ids), dice.randint(1, 2))) or None
        return dice.choice(ids) if ids else None
    if type.vocabulary is not None:
        code = dice.choice(sorted(type.vocabulary.codes)[:5])
        return int(code) if type.levels else code
    if type.many:
        return dice.sample(TEXTS, dice.randint(1, 3))
    return MAKERS[type.name](dice)


MAKERS: dict[str, Callable[[random.Random], Any]] = {
    "text": lambda dice: dice.choice(TEXTS),
    "url": lambda dice: f"https://example.org/{dice.choice(['a', 'B', 'ü', '%20', '?q=1'])}{dice.randint(1, 5)}",
    "language": lambda dice: dice.choice(["en", "ar", "zh-Hant", "es-419"]),
    "sha256": lambda dice: dice.choice("0af") * 64,
    "integer": lambda dice: dice.choice([0, 1, -1, 7, 10, 2**31 - 1, -(2**31) + 1]),
    "number": lambda dice: dice.choice([0, 1, -1, 0.1, 12.5, 350, 14000, "123456789012345678.123456789", "0.000000001", 1000000]),
    "latitude": lambda dice: dice.choice([0, -90, 90, 36.2012, 36.20124, 0.00001]),
    "longitude": lambda dice: dice.choice([0, -180, 180, 37.1612, -0.5]),
    "boolean": lambda dice: dice.choice([True, False]),
    "date": lambda dice: str(dt.date(2024, 11, 27) + dt.timedelta(dice.choice([0, 0, 1, -1, 30, -300000, 2900000 // 365]))),
}


STRUCTURED = {"texts", "code", "level", "ref", "refs"}  # Types whose values `value` takes from lists.
complete("MAKERS in tests/support/invented.py", MAKERS, {*FIELD_TYPE_NAMES} - STRUCTURED)


def files(found: dict[str, list[Cells]]) -> dict[str, str]:
    """The rows as the files of a folder."""
    return {f"{plural}.ndjson": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows) for plural, rows in found.items()}


# What PostgreSQL's unaccent does beyond taking marks off, for the letters above.
SPELT = str.maketrans({"ß": "ss", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "⁄": "/", "ı": "i"})


def fold(text: str) -> str:
    """Text without case and marks, as the order and the search of texts go by it."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in plain if not unicodedata.combining(one) and one != "\u0640")
    return plain.translate(SPELT).lower()


def comparable(one: Field | None, value: Any) -> Any:
    """The key by which a value is compared: folded text, exact numbers; other values are unchanged."""
    if value is None or one is None:
        return value
    if one.type.name == "number":
        return Decimal(str(value))
    return fold(value) if one.type.escaped else value


def ordered(kind: Kind, rows: Iterable[Cells], order: list[tuple[str, bool]]) -> list[str]:
    """The ids of rows in an order of (field, descending): unknown values last, ties by id in the direction of the last term."""
    found = list(rows)
    for name, descending in reversed([*order, ("id", order[-1][1] if order else False)]):
        one = kind.fields.get(name)
        known = [row for row in found if row.get(name) is not None]
        known.sort(key=lambda row: comparable(one, row[name]), reverse=descending)
        # Python's sort keeps the order of equals also in reverse, so terms can be applied one after another.
        found = known + [row for row in found if row.get(name) is None]
    return [row["id"] for row in found]
