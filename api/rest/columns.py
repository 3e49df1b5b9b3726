"""The parameters `fields` and `provenance` as the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from schema.codelists.vocabularies import suggestion
from schema.model.claim import ATTRIBUTED_TO, CLAIM_FIELDS, QUOTED_COLUMN
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.types import BOOLEAN, INTEGER, TEXT, TEXTS

from ..errors import BadArgument, TooMuch, shown
from ..pauses import paced
from ..query.tables import CHOSEN, CLAIMS, DISPUTED, GROUP_DISPUTED, ORIGINS, QUOTED, RECORD_CLAIMS, SOURCE, Column
from .selections import named_paths, split_path

LOCATOR = "locator"
MAX_COLUMNS = 300  # Of one table. The widest of a kind, with the provenance of every field, has half as many.
ID_SENTENCE = "The id, which never changes."


def underscored(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with `_` in place of the dots in their names. Raises BadArgument if two would have the same name."""
    named = dict[str, Column]()
    for column in columns:
        name = column.name.replace(".", "_")
        if (other := named.setdefault(name, column)) is not column:
            raise BadArgument(
                f"separator: {shown(other.name)} and {shown(column.name)} would both be columns named {name}; leave out one of them, or the separator"
            )
    return tuple(replace(column, name=name) for name, column in named.items())


class ColumnSelector:
    """Selects the columns of tables of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self.kinds, self.kind = kinds, kind

    def columns(self, fields: str, provenance: str) -> tuple[Column, ...]:
        """The id, and the columns in the order in which they are named. Raises BadArgument for an unknown one, TooMuch for a path that is too long, and for too many."""
        defaults = {column.name: column for column in self.defaults()}
        chosen = [column for path in paced(named_paths(fields) or ["*"]) for column in self._named(path, defaults)]
        columns = {column.name: column for column in (self.id(), *chosen, *self._provenances(provenance))}
        if len(columns) > MAX_COLUMNS:
            raise TooMuch(
                f"fields: the table would have {len(columns):,} columns, and {MAX_COLUMNS:,} is the limit; split it into several requests"
            )
        return tuple(columns.values())

    def id(self) -> Column:
        return Column("id", TEXT, ID_SENTENCE)

    def defaults(self) -> Iterator[Column]:
        """The fields with the names of the records that they refer to, what the kind declares beside them, and the source to cite."""
        yield self.id()
        for field in self.kind.shown.values():
            column = self._of_field(self.kind, (), field, field.name)
            yield column
            if label := self._label(field):
                yield self._of_field(self.kinds[field.type.ref or ""], (field,), label, f"{field.name}.{label.name}")
        for name, path in self.kind.columns.items():
            (column,) = self._at(path)
            yield replace(column, name=name)
        yield from self._citation()

    def _label(self, field: Field) -> Field | None:
        """The field that names the record which a field refers to."""
        if field.type.ref is None or field.type.many:
            return None
        target = self.kinds[field.type.ref]
        return target.fields[target.label] if target.label else None

    def _citation(self) -> Iterator[Column]:
        if self.kind.cites is None:
            return
        cited, sources = self.kind.leading(self.kind.cites)[0], self.kinds[self.kind.sources.name]
        yield Column(
            "disputed", BOOLEAN, f"Whether live claims contradict each other in {self._group(cited)}.", field=cited, aspect=GROUP_DISPUTED
        )
        yield Column("claims", INTEGER, f"How many live claims are about the {self.kind.name}.", aspect=RECORD_CLAIMS)
        yield Column("source", TEXT, f"The source whose {self._group(cited)} is published; its id.", field=cited, aspect=SOURCE)
        for name, field in sources.citation.items():
            about = sources.fields[field]
            yield Column(name, about.type, about.description, field=cited, aspect=SOURCE, of=about)
        name, of = QUOTED_COLUMN
        yield Column(
            name, TEXTS, "Whom the source quotes: the publishers of these sources.", field=cited, aspect=QUOTED, of=sources.fields[of]
        )
        attributed = CLAIM_FIELDS[ATTRIBUTED_TO]
        yield Column(ATTRIBUTED_TO, attributed.type, attributed.description, field=cited, aspect=CHOSEN, of=attributed)

    def _group(self, field: Field) -> str:
        return " and ".join(f"`{one.name}`" for one in self.kind.leading(field.group_name))

    def _named(self, path: str, defaults: Mapping[str, Column]) -> Iterable[Column]:
        if path == "*":
            return defaults.values()
        return [defaults[path]] if path in defaults else self._at(path)

    def _at(self, path: str) -> Iterator[Column]:
        """The columns at the end of a path of references."""
        kind, links = self.kind, list[Field]()
        *steps, last = split_path("fields", path)
        for step in steps:
            field = kind.shown.get(step)
            if field is None or field.type.ref is None or field.type.many:
                raise self._refused(kind, step, path)
            links.append(field)
            kind = self.kinds[field.type.ref]
        prefix = "".join(f"{step}." for step in steps)
        if last == "*":
            yield Column(f"{prefix}id", TEXT, ID_SENTENCE, links=tuple(links))
            yield from (self._of_field(kind, tuple(links), field, f"{prefix}{name}") for name, field in kind.shown.items())
        elif last == "id":
            yield Column(path, TEXT, ID_SENTENCE, links=tuple(links))
        elif last in kind.shown and not (links and last in kind.computed):
            yield self._of_field(kind, tuple(links), kind.shown[last], path)
        else:
            raise self._refused(kind, last, path)

    def _refused(self, kind: Kind, name: str, path: str) -> BadArgument:
        if name in kind.reverses or (name in kind.shown and kind.shown[name].type.many):
            reverse = kind.reverses.get(name)
            others = f"; /v1/{reverse.kind.plural} has a row for each" if reverse else ""
            return BadArgument(f"fields: {shown(path)}: {name} is a list, which has no columns of its own in a table{others}")
        names = [*kind.shown, "id", *(column.name for column in self.defaults() if kind is self.kind)]
        return BadArgument(f"fields: {kind.plural} have no {shown(name)!r}; {suggestion(name, [*dict.fromkeys(names), '*'])}")

    def _of_field(self, kind: Kind, links: tuple[Field, ...], field: Field, name: str) -> Column:
        if field.type.ref is not None and not field.type.many:
            return Column(name, TEXT, f"{field.description} Its id.", links=(*links, field))
        return Column(name, field.type, field.description, field.unit, links, field)

    def _provenances(self, provenance: str) -> Iterator[Column]:
        if provenance == "none":
            return
        fields, sources = self.kind.fields, self.kinds[self.kind.sources.name]
        for name in fields if provenance == "*" else [name.strip() for name in provenance.split(",")]:
            if name not in fields:
                raise BadArgument(
                    f"provenance: {self.kind.plural} have no field {shown(name)!r}; {suggestion(name, [*fields, '*', 'none'])}"
                )
            field = fields[name]
            yield Column(
                f"{name}.disputed", BOOLEAN, f"Whether live claims contradict each other in `{name}`.", field=field, aspect=DISPUTED
            )
            yield Column(
                f"{name}.origins", INTEGER, f"How many independent origins the published `{name}` has.", field=field, aspect=ORIGINS
            )
            yield Column(
                f"{name}.claims", INTEGER, f"How many live claims give `{name}`, or what is settled with it.", field=field, aspect=CLAIMS
            )
            yield Column(f"{name}.source", TEXT, f"The source whose `{name}` is published; its id.", field=field, aspect=SOURCE)
            for column, about in sources.citation.items():
                told = sources.fields[about]
                yield Column(f"{name}.{column}", told.type, told.description, field=field, aspect=SOURCE, of=told)
            locator = CLAIM_FIELDS[LOCATOR]
            yield Column(f"{name}.{LOCATOR}", locator.type, locator.description, field=field, aspect=CHOSEN, of=locator)
