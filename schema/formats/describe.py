"""A format in words: how it is recognized, what each field of ours is made of, and what stays with the claim."""

from __future__ import annotations

from collections.abc import Iterator

from .format import FileFormat, RecordMapping

REMAINDER_SENTENCE = "Every value that no field holds unchanged stays with the claim, in `original`, under the name of its column."


def describe(format: FileFormat) -> Iterator[str]:
    """The lines that `conflict-facts formats NAME` prints."""
    yield f"{format.name}: {format.title}"
    yield f"  {format.sentence}"
    if format.needs:
        yield f"  recognized by the columns {', '.join(' or '.join(column.names) for column in format.needs)}"
    if format.releases:
        yield f"  each release is a source of its own, such as {format.releases.example}: named by --source, unless the file states its release"
    elif format.default_source:
        yield f"  its source is {format.default_source}, unless --source names another"
    if callable(format.records):
        yield "  its records depend on the columns of the file"
    else:
        yield from (f"  {_describe_record(record)}" for record in format.records)
    yield f"  {REMAINDER_SENTENCE}"


def _describe_record(record: RecordMapping) -> str:
    each = f", one for each item of {', '.join(record.each.columns())}" if record.each else ""
    return f"{record.kind}{each}: " + ", ".join(f"{name} ← {expression.words()}" for name, expression in record.fields.items())
