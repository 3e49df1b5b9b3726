"""Pieces of SQL about columns: lists of their names, and the values of those that are derived from other tables."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage.columns import PACKED_IN, packed_column


def packed_queries(kinds: Kinds, kind: Kind, alias: str) -> dict[str, str]:
    """For each packed column, a subquery of its value in the row `alias`; proofs compare the columns with these."""
    queries = {}
    for link in kind.packs:
        target = kinds.linked_kind(kind, link).name
        if link in kind.reverses:
            back = kind.reverses[link].field.name
            queries[packed_column(link)] = f"(select array_agg(p order by p.id) from {target} p where p.{back} = {alias}.key)"
        else:
            queries[packed_column(link)] = f"(select p from {target} p where p.key = {alias}.{link})"
    return queries


def packed_values(kinds: Kinds, kind: Kind, among: str = "") -> tuple[dict[str, str], str]:
    """The values of all packed columns for many rows `n` at once, with $1 for the revision, and the joins that provide them.

    `among` selects the keys of those rows; leave it empty if they are nearly the complete table.
    """
    values, joins = {}, []
    for link in kind.packs:
        target, column = kinds.linked_kind(kind, link).name, packed_column(link)
        if link in kind.reverses:
            back = kind.reverses[link].field.name
            only = f" where p.{back} in ({among})" if among else ""
            grouped = f"select p.{back} as key, array_agg(p order by p.id) as rows from {target} p{only} group by p.{back}"
            joins.append(f"left join ({grouped}) {column}_ on {column}_.key = n.key")
            values[column] = f"{column}_.rows"
        else:
            joins.append(f"left join {target} {column}_ on {column}_.key = n.{link}")
            values[column] = f"{column}_"
    if kind.packs:
        values[PACKED_IN] = "$1::bigint"
    return values, "\n".join(joins)


def column_list(names: list[str], alias: str = "") -> str:
    """Names separated by commas, each qualified by `alias` if there is one."""
    return ", ".join(f"{alias}.{name}" if alias else name for name in names)
