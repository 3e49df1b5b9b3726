"""Recognizes rows of a publisher whose terms forbid redistribution, in whatever format, container or selection of columns they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from schema.formats import protected_formats
from schema.formats.claim_tables import ClaimTable
from schema.formats.format import FileFormat
from schema.formats.maps import MapFormat
from schema.formats.restricted_publishers import ENOUGH, SUSPECT
from schema.kinds import KINDS

from ..sql.duckdb import restricted_row_traits as traits


@dataclass(frozen=True)
class Protected:
    """The format whose rows a file seems to have, and why it seems so."""

    format: FileFormat
    reasons: tuple[str, ...]
    certain: bool = True

    @property
    def warning(self) -> str:
        """What to do if it cannot be told whose rows they are."""
        return (
            f"may have rows of {self.format.title} ({'; '.join(self.reasons)}), as other tables may: if they are, its terms forbid redistribution; "
            "say `redistributable: false` of their source, in the map or in a source document"
        )

    def withheld(self, format: FileFormat) -> FileFormat:
        """The format of the file, whose source then says that its claims must not be redistributed."""
        terms = {name: self.format.source[name] for name in ("license", KINDS["source"].permits or "") if name in self.format.source}
        return replace(format, source={**format.source, **terms}) if format.source else format

    def __str__(self) -> str:
        return f"looks like rows of {self.format.title} ({'; '.join(self.reasons)}), whose terms forbid redistribution"


def protected_rows(
    connection: duckdb.DuckDBPyConnection, base: str, format: FileFormat, columns: Sequence[str], header: Sequence[str]
) -> Protected | None:
    """The protected dataset that the rows of a table seem to be from, or may be from; None if there is none.

    A specific format has been recognized by many columns of its own. Tables with tags, maps and tables of claims may have anybody's rows.
    """
    if not (format.generic or isinstance(format, (MapFormat, ClaimTable))):
        return None
    for dataset in protected_formats():
        assert dataset.traits is not None
        # A tag of ordinary words says nothing: #event+type is anybody's.
        named = {
            name: weight
            for name, weight in dataset.traits.named(dict.fromkeys([*columns, *header])).items()
            if weight >= ENOUGH or not name.startswith("#")
        }
        weight, reasons = sum(named.values()), [f"the columns {', '.join(named)}"] if named else []
        found = dict(connection.execute(traits.matches(base, columns, dataset.traits.values)).fetchall())
        for number, trait in enumerate(dataset.traits.values):
            having = [columns[position] for position in sorted(found) if found[position][number]]
            if having:
                weight += trait.weight
                reasons.append(f"{trait.sentence} in {', '.join(having)}")
        if weight >= ENOUGH or (weight >= SUSPECT and format.source.get(KINDS["source"].permits or "") != "false"):
            return Protected(dataset, tuple(reasons), weight >= ENOUGH)
    return None
