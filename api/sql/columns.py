"""The columns that a kind's tables have, in order; a test holds them to schema/storage/tables.py."""

from __future__ import annotations

from schema.model.claim import CLAIM_FIELDS
from schema.model.claim_table import claim_table
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds


def live_names(kind: Kind) -> list[str]:
    """The columns of settled rows, without the key."""
    chosen = [f"{group}_claim" for group in kind.groups]
    derived = [*(["search"] if kind.searched else []), *(["root"] if kind.root else [])]
    return ["id", *kind.fields, *chosen, "claims", *derived, "added_in"]


PACKED_IN = "packed_in"  # The revision in which a live row was last told what hangs on it.


def packed_column(link: str) -> str:
    """The column of a live row that holds the records of a link."""
    return f"packed_{link}"


def packed_names(kind: Kind) -> list[str]:
    """The columns of live rows, after all others, that hold what hangs on them."""
    return [PACKED_IN, *map(packed_column, kind.packs)] if kind.packs else []


def packed_queries(kinds: Kinds, kind: Kind, alias: str) -> dict[str, str]:
    """For each column that holds the records of a link, what it must hold for a row; by itself, as a proof asks it."""
    found = {}
    for name in kind.packs:
        target = kinds.linked_kind(kind, name).name
        if name in kind.reverses:
            back = kind.reverses[name].field.name
            found[packed_column(name)] = f"(select array_agg(p order by p.id) from {target} p where p.{back} = {alias}.key)"
        else:
            found[packed_column(name)] = f"(select p from {target} p where p.key = {alias}.{name})"
    return found


def claim_names(kind: Kind) -> list[str]:
    """The columns of claims, without the key."""
    return ["record", "source", *CLAIM_FIELDS, "collection", *kind.fields, "added_in"]


def column_list(names: list[str], alias: str = "") -> str:
    return ", ".join(f"{alias}.{name}" if alias else name for name in names)


def packed_values(kinds: Kinds, kind: Kind, among: str = "") -> tuple[dict[str, str], str]:
    """What `packs` says of rows `n`, for many at once, and in which revision ($1): the values, and the joins that give them.

    `among` selects the keys of those rows, where they are not nearly all that there are.
    """
    found, joins = {}, []
    for name in kind.packs:
        target = kinds.linked_kind(kind, name).name
        if name in kind.reverses:
            back = kind.reverses[name].field.name
            only = f" where p.{back} in ({among})" if among else ""
            grouped = f"select p.{back} as key, array_agg(p order by p.id) as rows from {target} p{only} group by p.{back}"
            joins.append(f"left join ({grouped}) {packed_column(name)}_ on {packed_column(name)}_.key = n.key")
            found[packed_column(name)] = f"{packed_column(name)}_.rows"
        else:
            joins.append(f"left join {target} {packed_column(name)}_ on {packed_column(name)}_.key = n.{name}")
            found[packed_column(name)] = f"{packed_column(name)}_"
    if kind.packs:
        found[PACKED_IN] = "$1::bigint"
    return found, "\n".join(joins)


def stage_columns(kind: Kind) -> dict[str, Field | None]:
    """The columns of a staged claim: ids as text where a claim has keys."""
    return claim_table(kind)
