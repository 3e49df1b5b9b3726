"""Descriptions of fields, as the API contracts print them."""

from __future__ import annotations

from ..model.field import Field


def short_description(field: Field) -> str:
    """The description of a field with its unit and the name of its vocabulary, which the same document describes elsewhere."""
    unit = f" Unit: {field.unit}." if field.unit else ""
    vocabulary = f" A {field.type.name} of `{field.type.vocabulary.name}`." if field.type.vocabulary else ""
    return f"{field.description}{unit}{vocabulary}"


def full_description(field: Field) -> str:
    """The description of a field with its unit, its scale and the origin of its vocabulary."""
    parts = [field.description]
    if field.unit:
        parts.append(f"Unit: {field.unit}.")
    vocabulary = field.type.vocabulary
    if vocabulary is not None and field.type.levels:
        parts.append("; ".join(f"{entry.code}: {entry.label}" for entry in vocabulary.codes.values()) + f". Origin: {vocabulary.origin}")
    elif vocabulary is not None:
        parts.append(f"Vocabulary: `{vocabulary.name}`. Origin: {vocabulary.origin}")
    return " ".join(parts)
