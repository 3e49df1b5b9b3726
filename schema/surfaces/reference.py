"""The data dictionary: every kind, field, operator, flag and code, on one page in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..codelists.vocabularies import REASON, Vocabulary
from ..formats.flags import FLAGS
from ..model.claim import CLAIM_FIELDS, IDENTITY
from ..model.field import Field
from ..model.kind import Kind, Reverse
from ..model.kinds import Kinds
from ..model.operators import OPERATORS
from ..model.totals import LEFT_OUT_REASON, TOTALS_COLUMN, TOTALS_KEY, TOTALS_RULE, TOTALS_RULE_SENTENCE
from ..model.types import Type
from ..storage.indexes import REASONS_BY_OPERATOR, fields_without_index

MAX_CODES_IN_TABLE = 100  # A vocabulary with more codes is printed as one paragraph.

INTRODUCTION = """\
This page is generated from the declarations in `schema/`. Run `make contracts` to update it.

REST, CSV files and fixtures use the names on this page. GraphQL uses camel case for names (`started_on` is `startedOn`) and upper
case for codes (`air_strike` is `AIR_STRIKE`). Null means unknown; zero is a count. A date is a day in the local time of the place.
The fields of one group belong together and are always taken from the same claim. Every record has a value for each required field;
any other field may be null.
"""
CLAIMS = """\
Data are entered as claims. A claim is what one source states about one record. It has the fields of that record, all of them
optional, and the columns below. The records that the APIs return are settled from their claims.
"""
VALUES = """\
Every value has one of these types. The operators of a type are the comparisons that its fields support: in REST as
`field.operator=value`, where the first operator is the default, and in GraphQL as `where: {field: {operator: value}}`.
"""
OPERATORS_NOTE = """\
`within` applies to references to records that can be part of one another. `match` is written in GraphQL as conditions on the record
referred to, and in REST as a dotted path: `event.country=SYR`. An unknown value meets no condition except `ne` and `known`.
A condition must have a value: a null or empty one is an error, and so is an empty parameter. Only `oneOf: []` is allowed, and no record meets it.
"""
INDEXES = """\
A list is read from an index if one supports its conditions. Otherwise its records are read in order until the page is full: the fewer
records meet the conditions, the longer that takes. The filters below have no index; all others do. It is enough if one condition of a
request has an index.
"""
FLAGS_NOTE = """\
A load reports implausible values and keeps them as the source states them. Its receipt counts them by these flags.
"""


def dictionary(kinds: Kinds) -> str:
    """The page, in Markdown. Every table is derived from the declarations."""
    parts = [
        "# Data dictionary", INTRODUCTION, *_contents(kinds),
        "## Kinds", *(part for kind in kinds.values() for part in _kind(kinds, kind)),
        "## Claims", CLAIMS, *_claims(),
        "## Types and operators", VALUES, *_types(kinds),
        "## Filters without an index", INDEXES, _filters_without_index(kinds),
        *(_totals() if kinds.summed else ()),
        "## Flags", FLAGS_NOTE, _table(("flag", "meaning"), ([f"`{flag}`", sentence] for flag, sentence in FLAGS.items())),
        "## Vocabularies", *(part for vocabulary, users in _vocabularies(kinds).items() for part in _vocabulary(vocabulary, users)),
    ]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _contents(kinds: Kinds) -> Iterator[str]:
    yield "Kinds: " + ", ".join(_link("kind", kind.name) for kind in kinds.values()) + "."
    yield "Vocabularies: " + ", ".join(_link("vocabulary", vocabulary.name) for vocabulary in _vocabularies(kinds)) + "."


# Markdown


def _link(section: str, name: str) -> str:
    return f"[`{name}`](#{section}-{name})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _names(names: Iterable[str]) -> str:
    """Names as code, joined by commas and "and"."""
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


# Kinds


def _kind(kinds: Kinds, kind: Kind) -> Iterator[str]:
    yield f"### Kind `{kind.name}`"
    yield f"{kind.description} The plural is `{kind.plural}`."
    id = ["`id`", "id", "", "", "yes", "The id of the record, chosen by its collection. It never changes."]
    yield _table(("field", "type", "unit", "group", "required", "description"), [id, *map(_field_row, kind.shown.values())])
    if kind.reverses:
        yield "Records that refer to it:"
        yield _table(("name", "kind of record", "field that refers", "meaning of the field"), map(_reverse_row, kind.reverses.values()))
    notes = list(_notes(kind))
    if notes:
        yield "\n".join(f"* {note}" for note in notes)


def _field_row(field: Field) -> list[str]:
    group = f"`{field.group}`" if field.group else ""
    return [f"`{field.name}`", _type_name(field.type), field.unit or "", group, "yes" if field.required else "", field.description]


def _reverse_row(reverse: Reverse) -> list[str]:
    return [f"`{reverse.name}`", _link("kind", reverse.kind.name), f"`{reverse.field.name}`", reverse.field.description]


def _type_name(type: Type) -> str:
    if type.ref is not None:
        return f"references to {_link('kind', type.ref)}, in order" if type.many else f"reference to {_link('kind', type.ref)}"
    if type.vocabulary is not None:
        return f"{type.name} of {_link('vocabulary', type.vocabulary.name)}"
    return type.name


def _notes(kind: Kind) -> Iterator[str]:
    if kind.label:
        yield f"`{kind.label}` is shown in the short form of a record, where another record refers to it."
    if kind.searchable:
        own = [_names(field.name for field in kind.searched)] if kind.searched else []
        codes = [f"the words of {_names(field.name for field in kind.found_by_codes)}"] if kind.found_by_codes else []
        links = [f"the names of its {_names(field.name for field in kind.found_by_links)}"] if kind.found_by_links else []
        yield f"`search` looks for words in {', in '.join([*own, *codes, *links])}."
    if kind.places:
        others = "".join(f"; if that is unknown, at that of its `{name}`" for name in kind.point[1:])
        yield f"On a map, a record is shown at the place that `{kind.point[0]}` refers to{others}."
    elif kind.point:
        yield f"On a map, a record is shown at {_names(kind.point)}."
    if kind.root:
        yield f"When independent origins are counted, `{kind.root}` is followed to the source that the information comes from."
    if kind.computed:
        yield f"No claim gives {_names(kind.computed)}: it is computed from all {kind.plural}."
    for names in kind.ascending:
        order = " ≤ ".join(f"`{name}`" for name in names)
        yield f"If known, {order}. Values that contradict this are kept as the source states them, and flagged when they are loaded."


# Claims, types, operators


def _claims() -> Iterator[str]:
    rows = [
        ["`id`", "id", "yes", "The id of the record that the claim is about."],
        ["`source`", f"reference to {_link('kind', 'source')}", "yes", "The source of the claim. In a source document, this is the document itself."],
        *([f"`{field.name}`", _type_name(field.type), "", field.description] for field in CLAIM_FIELDS.values()),
    ]  # fmt: skip
    yield _table(("column", "type", "required", "description"), rows)
    yield f"Two claims about one record that agree in {_names(IDENTITY)} are the same claim, and a load refuses the second."


def _types(kinds: Kinds) -> Iterator[str]:
    meanings: dict[str, str] = {}
    operators: dict[str, dict[str, None]] = {}  # By type, the operators of its fields in their order.
    for kind in kinds.values():
        for field in kind.shown.values():
            meanings.setdefault(field.type.name, _type_meaning(field.type))
            operators.setdefault(field.type.name, {}).update(dict.fromkeys(kinds.operators(field)))
    rows = [
        [f"`{name}`", meaning, ", ".join(f"`{operator}`" for operator in operators[name])] for name, meaning in sorted(meanings.items())
    ]
    yield _table(("type", "meaning", "operators"), rows)
    yield _table(("operator", "condition"), ([f"`{name}`", operator.sentence] for name, operator in OPERATORS.items()))
    yield OPERATORS_NOTE


def _type_meaning(type: Type) -> str:
    if type.ref is not None:
        return "Ids of records, in the order that the source names them." if type.many else "The id of a record."
    if type.vocabulary is not None:
        return "A level of a numbered scale." if type.levels else "A code of a vocabulary."
    return type.sentence


def _filters_without_index(kinds: Kinds) -> str:
    by_reason: dict[str, list[str]] = {}
    for kind in kinds.values():
        for reason, fields in fields_without_index(kinds, kind).items():
            by_reason.setdefault(reason, []).extend(f"`{kind.name}.{field.name}`" for field in fields)
    rows = [[f"`{operator}` on any field", reason] for operator, reason in REASONS_BY_OPERATOR.items()]
    rows += [[", ".join(fields), reason] for reason, fields in by_reason.items()]
    return _table(("filter", "reason"), rows)


# Totals


def _totals() -> Iterator[str]:
    yield "## Totals"
    yield f"Sums follow the rule `{TOTALS_RULE}`. {TOTALS_RULE_SENTENCE}"
    for vocabulary in (TOTALS_KEY, TOTALS_COLUMN):
        yield f"{vocabulary.description} Vocabulary `{vocabulary.name}`."
        yield _codes(vocabulary)
    yield f"Figures that are not added are counted by reason: {_link('vocabulary', LEFT_OUT_REASON.name)}."


# Vocabularies


def _vocabularies(kinds: Kinds) -> dict[Vocabulary, list[str]]:
    """Every vocabulary with the fields that use it, as `kind.field`."""
    fields = [(f"{kind.name}.{field.name}", field) for kind in kinds.values() for field in kind.shown.values()]
    fields += [(f"claim.{field.name}", field) for field in CLAIM_FIELDS.values()]
    users: dict[Vocabulary, list[str]] = {}
    for name, field in fields:
        if field.type.vocabulary is not None:
            users.setdefault(field.type.vocabulary, []).append(name)
    return {**users, REASON: []}


def _vocabulary(vocabulary: Vocabulary, users: list[str]) -> Iterator[str]:
    yield f"### Vocabulary `{vocabulary.name}`"
    used = _names(users) if users else "the history of changed and removed records"
    yield f"{vocabulary.description} Origin: {vocabulary.origin.rstrip('.')}. Used by {used}."
    if len(vocabulary.codes) > MAX_CODES_IN_TABLE:
        yield f"{len(vocabulary.codes)} codes: " + "; ".join(f"`{code.code}` {code.label}" for code in vocabulary.codes.values()) + "."
    else:
        yield _codes(vocabulary)


def _codes(vocabulary: Vocabulary) -> str:
    return _table(("code", "label", "definition"), ([f"`{code.code}`", code.label, code.definition] for code in vocabulary.codes.values()))
