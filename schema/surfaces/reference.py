"""The data dictionary: every kind, field, operator and code, as one page in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..codelists.vocabularies import REASON, Vocabulary
from ..model.claim import CLAIM_FIELDS, IDENTITY
from ..model.field import Field
from ..model.kind import Kind, Reverse
from ..model.kinds import Kinds
from ..model.operators import OPERATORS
from ..model.totals import LEFT_OUT_REASON, TOTALS_COLUMN, TOTALS_KEY, TOTALS_RULE, TOTALS_RULE_SENTENCE
from ..model.types import Type
from ..storage.indexes import REASONS_BY_OPERATOR, fields_without_index

LONG = 100  # A vocabulary with more codes than this is told in one paragraph.

INTRODUCTION = """\
Generated from the declarations in `schema/`; `make contracts` writes it again.

Names are written as here in REST, CSV and fixtures. GraphQL writes them in camel case (`started_on` is `startedOn`) and codes in
capitals (`air_strike` is `AIR_STRIKE`). Null is unknown; zero is a count. A date is a day in the time of the place. Fields of one
group only make sense together and are always taken from one and the same claim. A required field is known of every record;
any other may be null.
"""
CLAIMS = """\
What anyone enters is a claim: what one source says about one record. A claim has the fields of the record that it is about, all
of them optional, and these columns. The record that readers see is settled from its claims.
"""
VALUES = """\
Every value has one of these types. The operators are what can be asked of a field of the type: in REST as `field.operator=value`,
where the first operator goes without saying; in GraphQL as `where: {field: {operator: value}}`.
"""
OPERATORS_NOTE = """\
`within` is there where the records referred to can be part of one another. `match` is written in GraphQL as conditions on the record
referred to, and in REST as a dotted path: `event.country=SYR`. A value that is unknown meets no condition but `ne` and `known`.
"""
INDEXES = """\
A list is answered from an index where one serves its conditions, and otherwise walked in its order until a page is full, which takes
the longer the fewer records meet them. These filters have no index; every other one has. One condition that has is enough for all.
"""


def dictionary(kinds: Kinds) -> str:
    """The page. Every table is read from the declarations, so that it cannot say anything else than they do."""
    parts = [
        "# Data dictionary", INTRODUCTION, *_contents(kinds),
        "## Kinds", *(part for kind in kinds.values() for part in _kind(kinds, kind)),
        "## Claims", CLAIMS, *_claims(),
        "## Types and operators", VALUES, *_types(kinds),
        "## Filters without an index", INDEXES, _unserved(kinds),
        *(_totals() if kinds.summed else ()),
        "## Vocabularies", *(part for vocabulary, users in _vocabularies(kinds).items() for part in _vocabulary(vocabulary, users)),
    ]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _contents(kinds: Kinds) -> Iterator[str]:
    yield "Kinds: " + ", ".join(_link("kind", kind.name) for kind in kinds.values()) + "."
    yield "Vocabularies: " + ", ".join(_link("vocabulary", one.name) for one in _vocabularies(kinds)) + "."


def _link(section: str, name: str) -> str:
    return f"[`{name}`](#{section}-{name})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# Kinds


def _kind(kinds: Kinds, kind: Kind) -> Iterator[str]:
    yield f"### Kind `{kind.name}`"
    yield f"{kind.description} The plural is `{kind.plural}`."
    rows = [["`id`", "id", "", "", "yes", "The id, chosen by the collection and stable for ever."], *map(_row, kind.fields.values())]
    yield _table(("field", "type", "unit", "group", "required", "description"), rows)
    if kind.reverses:
        yield "What refers to it:"
        yield _table(("name", "records of kind", "by their field", "which is"), map(_refers, kind.reverses.values()))
    notes = list(_notes(kind))
    if notes:
        yield "\n".join(f"* {note}" for note in notes)


def _row(one: Field) -> list[str]:
    group = f"`{one.group}`" if one.group else ""
    return [f"`{one.name}`", _type(one.type), one.unit or "", group, "yes" if one.required else "", one.description]


def _refers(reverse: Reverse) -> list[str]:
    return [f"`{reverse.name}`", _link("kind", reverse.kind.name), f"`{reverse.field.name}`", reverse.field.description]


def _type(type: Type) -> str:
    if type.ref is not None:
        return f"references to {_link('kind', type.ref)}, in order" if type.many else f"reference to {_link('kind', type.ref)}"
    if type.vocabulary is not None:
        return f"{type.name} of {_link('vocabulary', type.vocabulary.name)}"
    return type.name


def _notes(kind: Kind) -> Iterator[str]:
    if kind.label:
        yield f"`{kind.label}` is what a record is called where it is only referred to."
    if kind.searched:
        yield f"`search` looks for words in {_named(one.name for one in kind.searched)}."
    if kind.point:
        place = "at the place that" if len(kind.point) == 1 else "at"
        yield f"On a map it lies {place} {_named(kind.point)}{' refers to' if len(kind.point) == 1 else ''}."
    if kind.root:
        yield f"`{kind.root}` is followed to where information comes from, when independent origins are counted."
    for names in kind.ascending:
        order = " ≤ ".join(f"`{name}`" for name in names)
        yield f"Where known, {order}. What a source says otherwise is kept as it says it, and told as an oddity when it is loaded."


def _named(names: Iterable[str]) -> str:
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


# Claims, types, operators


def _claims() -> Iterator[str]:
    rows = [
        ["`id`", "id", "yes", "The id of the record that the claim is about."],
        ["`source`", f"reference to {_link('kind', 'source')}", "yes", "The source that makes the claim. A source document is its own."],
        *([f"`{one.name}`", _type(one.type), "", one.description] for one in CLAIM_FIELDS.values()),
    ]
    yield _table(("column", "type", "required", "description"), rows)
    yield f"Two claims about one record that agree in {_named(IDENTITY)} are the same claim stated twice, which is refused."


def _types(kinds: Kinds) -> Iterator[str]:
    found: dict[str, tuple[str, list[str]]] = {}
    for kind in kinds.values():
        for one in kind.fields.values():
            asked = found.setdefault(one.type.name, (_meaning(one.type), []))[1]
            asked += [name for name in kinds.operators(one) if name not in asked]
    rows = [[f"`{name}`", meaning, ", ".join(f"`{one}`" for one in asked)] for name, (meaning, asked) in sorted(found.items())]
    yield _table(("type", "what it is", "operators"), rows)
    yield _table(("operator", "what it asks"), [[f"`{name}`", one.sentence] for name, one in OPERATORS.items()])
    yield OPERATORS_NOTE


def _unserved(kinds: Kinds) -> str:
    found: dict[str, list[str]] = {}
    for kind in kinds.values():
        for reason, fields in fields_without_index(kinds, kind).items():
            found.setdefault(reason, []).extend(f"`{kind.name}.{one.name}`" for one in fields)
    rows = [[f"`{operator}`, of any field", reason] for operator, reason in REASONS_BY_OPERATOR.items()]
    rows += [[", ".join(fields), reason] for reason, fields in found.items()]
    return _table(("filter", "why it has none"), rows)


def _meaning(type: Type) -> str:
    if type.ref is not None:
        return "Ids of records, in the order that the source names them." if type.many else "The id of a record."
    if type.vocabulary is not None:
        return "A level of a numbered scale." if type.levels else "A code of a vocabulary."
    return type.sentence


# Totals


def _totals() -> Iterator[str]:
    yield "## Totals"
    yield f"Sums are made by the rule `{TOTALS_RULE}`. {TOTALS_RULE_SENTENCE}"
    for of in (TOTALS_KEY, TOTALS_COLUMN, LEFT_OUT_REASON):
        yield f"{of.description} Vocabulary `{of.name}`."
        yield _table(("code", "label", "definition"), ([f"`{one.code}`", one.label, one.definition] for one in of.codes.values()))


# Vocabularies


def _vocabularies(kinds: Kinds) -> dict[Vocabulary, list[str]]:
    """Every vocabulary, with the fields that use it."""
    fields = [(f"{kind.name}.{one.name}", one) for kind in kinds.values() for one in kind.fields.values()]
    fields += [(f"claim.{one.name}", one) for one in CLAIM_FIELDS.values()]
    found: dict[Vocabulary, list[str]] = {}
    for name, one in fields:
        if one.type.vocabulary is not None:
            found.setdefault(one.type.vocabulary, []).append(name)
    return {**found, REASON: ["the history of what was changed or removed"]}


def _vocabulary(of: Vocabulary, users: list[str]) -> Iterator[str]:
    yield f"### Vocabulary `{of.name}`"
    used = users[0] if of is REASON else _named(users)
    yield f"{of.description} Origin: {of.origin.rstrip('.')}. Used by {used}."
    if len(of.codes) > LONG:
        yield f"{len(of.codes)} codes: " + "; ".join(f"`{one.code}` {one.label}" for one in of.codes.values()) + "."
    else:
        yield _table(("code", "label", "definition"), ([f"`{one.code}`", one.label, one.definition] for one in of.codes.values()))
