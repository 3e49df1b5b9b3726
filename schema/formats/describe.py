"""A format in words: what each field of ours is made of, and what is kept aside."""

from __future__ import annotations

from collections.abc import Iterator

from .format import (
    Coded,
    Column,
    Concat,
    Constant,
    Dated,
    Digest,
    Expression,
    FileFormat,
    First,
    FirstDay,
    Ids,
    IfKnown,
    Item,
    Items,
    Loaded,
    Looked,
    Matched,
    OnlyIf,
    Plain,
    RecordMapping,
    Remainder,
)  # fmt: skip

KEPT = "What no field holds as it is stays with the claim, in `original`, by the format's own names."


def describe(format: FileFormat) -> Iterator[str]:
    """The lines that tell a person what a format is and becomes."""
    yield f"{format.name}: {format.title}"
    yield f"  {format.sentence}"
    if format.needs:
        yield f"  known by the columns {', '.join(' or '.join(one.names) for one in format.needs)}"
    if callable(format.records):
        yield "  what it becomes depends on the columns that a file has"
    else:
        yield from (f"  {line}" for record in format.records for line in _record(record))
    yield f"  {KEPT}"


def _record(record: RecordMapping) -> Iterator[str]:
    each = f", one for each of {', '.join(_columns(record.each))}" if record.each else ""
    yield f"{record.kind}{each}: " + ", ".join(f"{name} ← {_words(one)}" for name, one in record.fields.items())


def _words(one: Expression) -> str:
    """What an expression is made of, as a person would say it."""
    match one:
        case Constant():
            return f"'{one.value}'"
        case Coded():
            return f"{_words(one.of)} in our words"
        case Looked():
            return f"{_words(one.key)}, looked up for {_words(one.on)}"
        case Remainder():
            return "the rest of the record"
        case Item():
            return "the item"
        case (
            Ids()
            | Digest()
            | Concat()
            | First()
            | Matched()
            | Dated()
            | Items()
            | Plain()
            | OnlyIf()
            | FirstDay()
            | IfKnown()
            | Loaded()
            | Column()
        ):
            return " + ".join(_columns(one)) or "the item"


def _columns(one: object) -> list[str]:
    """The columns that an expression reads, each once, by the newest of their names."""
    if isinstance(one, Column):
        return [one.names[0]]
    parts = one if isinstance(one, tuple) else vars(one).values() if hasattr(one, "__dataclass_fields__") else ()
    return list(dict.fromkeys(name for part in parts for name in _columns(part)))
