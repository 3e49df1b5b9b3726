"""Examples of responses, invented, with a value for every field."""

from __future__ import annotations

from ...model.completeness import complete
from ...model.field import Field
from ...model.kind import Kind
from ...model.kinds import Kinds
from ...model.types import FIELD_TYPE_NAMES

# A value of each type; codes, levels and references have those of their vocabulary and kind.
VALUES: dict[str, object] = {
    "text": "A text", "texts": ["A name", "Another name"], "url": "https://example.org/report", "language": "en", "sha256": "0" * 64, "integer": 1, "number": 14,
    "latitude": 36.2, "longitude": 37.2, "boolean": True, "date": "2024-11-27",
}  # fmt: skip
complete("the examples in schema/surfaces/openapi/examples.py", [*VALUES, "code", "level", "ref", "refs"], FIELD_TYPE_NAMES)


def example_list(kinds: Kinds, kind: Kind) -> dict[str, object]:
    """A page with one record."""
    id = f"some-{kind.name}"
    record = {"id": id, "node_id": f"{kind.name}:{id}", **{field.name: _value(kinds, field) for field in kind.shown.values()}}
    return {"revision": 1, "data": [record], "next": None}


def _value(kinds: Kinds, field: Field) -> object:
    if field.type.vocabulary is not None:
        code = next(iter(field.type.vocabulary.codes))
        return int(code) if field.type.levels else code
    if field.type.ref is not None:
        target = kinds[field.type.ref]
        reference = {"id": f"some-{target.name}", **({target.label: f"Some {target.name}"} if target.label else {})}
        return [reference] if field.type.many else reference
    return VALUES[field.type.name]
