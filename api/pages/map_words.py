"""What a map says about itself: what was asked for, in words, and the line with its revision and its sources. Pure functions."""

from __future__ import annotations

from schema.codelists.vocabularies import Vocabulary
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..rest.parameters import AS_OF, Parameters
from ..words import dates
from .edition import edition, source_line
from .map_drawings import Texts
from .map_places import Placed
from .values import title

ROWS_THAT_COUNT, COUNTED = ("counted_in.known", "false"), "only rows that count"
OPERATORS = {
    "eq": "", "one_of": "", "ne": "not", "gt": "after", "gte": "from", "lt": "before", "lte": "to", "contains": "with", "within": "within", "known": "known:",
    "starts_with": "begins with", "some": "", "none": "none with", "search": "words", "datetime": "days", "bbox": "box",
}  # fmt: skip


def texts(kinds: Kinds, kind: Kind, params: Parameters, placed: Placed, revision: int, recorded_at: str) -> Texts:
    noun = kind.name if placed.records == 1 else kind.plural
    about = f"{edition(revision, recorded_at)}. {source_line([*placed.sources.values()])}"
    return Texts(f"{placed.records:,} {noun} on a map", conditions(kinds, kind, params), about.strip(), (kind.name, kind.plural))


def conditions(kinds: Kinds, kind: Kind, params: Parameters) -> str:
    """What was asked for: "Country: Syria; started on from 27 November 2024"."""
    said = [
        COUNTED if (name, str(text)) == ROWS_THAT_COUNT else _condition(kinds, kind, name, str(text))
        for name, text in params if name not in AS_OF
    ]  # fmt: skip
    text = "; ".join(said) if said else f"All {kind.plural}"
    return text[:1].upper() + text[1:]


def _condition(kinds: Kinds, kind: Kind, name: str, text: str) -> str:
    field: Field | None = None
    words: list[str] = []
    for part in name.split("."):
        found = kind.fields.get(part)
        if found is not None:
            field, words = found, [*words, title(part).lower()]
            kind = kinds[found.type.ref] if found.type.ref else kind
        elif part in (columns := kinds.columns(kind)):  # Of a record that it refers to, such as the country of its event.
            field, words = columns[part][1], [*words, title(part).lower()]
        elif part in kind.reverses:
            kind, words = kind.reverses[part].kind, [*words, title(part).lower()]
        else:
            words.append(OPERATORS.get(part, part.replace("_", " ")))
    value = ", ".join(_value(field.type.vocabulary if field else None, one.strip()) for one in text.split(","))
    return f"{' '.join(word for word in words if word).rstrip(':')}{'' if words[-1] in OPERATORS.values() and words[-1] else ':'} {value}"


def _value(codes: Vocabulary | None, text: str) -> str:
    if codes and text in codes.codes:
        return codes.codes[text].label
    try:
        return dates.day(text)
    except ValueError:
        return text
