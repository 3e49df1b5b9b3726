"""The meaning of GraphQL arguments in plain Python: conditions, orders and page sizes, and the errors they cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.model.claim import CLAIM_CONDITIONS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.operators import OPERATORS
from schema.surfaces.graphql.names import camel

Given = dict[str, Any]  # Arguments by name. A null argument means the same as an absent one; a variable that is not given is null.
Terms = list[tuple[str, bool]]  # Of an order: field, and whether descending.
# The orders of lists that are not of records, by the name of their field.
OTHER_LISTS: dict[str, tuple[tuple[str, bool], ...]] = {name: ((name, False),) for name in ("claims", "revisions")}
SPELT = {camel(name): name for name in OPERATORS}


def terms(given: Given) -> Terms:
    """The requested order, made total by the id in the direction of the last term."""
    asked = [(name, direction == "DESC") for term in many(given.get("orderBy")) for name, direction in term.items()] or [("slug", False)]
    return asked if "slug" in dict(asked) else [*asked, ("slug", asked[-1][1])]


def size(given: Given) -> int:
    asked = given.get("first") if given.get("first") is not None else given.get("last")
    return 100 if asked is None else int(asked)


def directions(given: Given) -> set[str]:
    """In which directions a page is asked for."""
    asked = {"first": "forward", "after": "forward", "last": "backward", "before": "backward"}
    return {direction for name, direction in asked.items() if given.get(name) is not None}


def many(value: Any) -> list[Any]:
    """One value stands for the list of it (GraphQL, 3.11)."""
    return value if isinstance(value, list) else [] if value is None else [value]


def spelt(kinds: Kinds, kind: Kind, where: Given) -> Given:
    """A filter object of GraphQL in the spelling of kinds."""
    fields, found = {camel(one.name): one for one in (*kind.fields.values(), *CLAIM_CONDITIONS.values())}, Given()
    reverses = {camel(name): reverse for name, reverse in kind.reverses.items()}
    columns = {camel(name): field for name, (_, field) in kinds.columns(kind).items()}
    for name, asked in where.items():
        if name in ("and", "or"):
            found[name] = [spelt(kinds, kind, one) for one in many(asked)]
        elif name == "not":
            found[name] = spelt(kinds, kind, asked)
        elif name in reverses:
            found[reverses[name].name] = {how: _spelt_list(kinds, reverses[name].kind, how, value) for how, value in asked.items()}
        else:
            one = fields.get(name) or columns.get(name)
            if name in columns:
                found[next(column for column in kind.columns if camel(column) == name)] = {
                    SPELT[how]: _spelt(kinds, one, how, value) for how, value in asked.items()
                }
                continue
            found[one.name if one else "id"] = {SPELT[how]: _spelt(kinds, one, how, value) for how, value in asked.items()}
    return found


def _spelt_list(kinds: Kinds, kind: Kind, how: str, value: Given) -> Given:
    if how != "count":
        return spelt(kinds, kind, value)
    return {name: spelt(kinds, kind, than) if name == "where" else than for name, than in value.items()}


def _spelt(kinds: Kinds, one: Field | None, how: str, value: Any) -> Any:
    if how == "match":
        assert one is not None and one.type.ref is not None
        return spelt(kinds, kinds[one.type.ref], value)
    if how == "oneOf":
        return [_code(one, item) for item in many(value)]
    return _code(one, value)


def _code(one: Field | None, value: Any) -> Any:
    """The code behind the name of an enum."""
    coded = one is not None and one.type.vocabulary is not None and not one.type.levels
    return one.type.vocabulary.by_graphql_name[value] if coded and isinstance(value, str) else value  # type: ignore[union-attr]


def lacking(where: Given | None) -> bool:
    """Whether a filter object is null or empty, or contains a condition that is."""
    return not where or any(_lacks(name, asked) for name, asked in where.items())


def _lacks(name: str, asked: Any) -> bool:
    if name in ("and", "or"):
        return not asked or any(lacking(one) for one in many(asked))
    if name == "not":
        return lacking(asked)
    return not asked or any(
        value is None or (how in ("match", "some", "none", "where") and lacking(value)) or _lacks_number(how, value)
        for how, value in asked.items()
    )


def _lacks_number(how: str, value: Any) -> bool:
    return how == "count" and (
        _lacks("", value) or not {*value} - {"where"} or any(isinstance(than, int) and than < 0 for than in value.values())
    )


def refusals(name: str, given: Given, newest: int, snapshot: int | None) -> Iterator[str]:
    """The error codes for the arguments of a field, which may be in a snapshot of a revision."""
    if not all(1 <= given[name] <= 1000 for name in ("first", "last") if given.get(name) is not None):
        yield "bad-argument"
    if given.get("where") is not None and lacking(given["where"]):
        yield "bad-argument"
    if given.get("search") is not None and not given["search"].split():
        yield "bad-argument"
    if len({name for name, _ in terms(given)}) < len(terms(given)):
        yield "bad-argument"
    if directions(given) == {"forward", "backward"}:
        yield "bad-argument"
    for cursor in (given.get("after"), given.get("before")):
        if cursor is None:
            continue
        if cursor.terms != OTHER_LISTS.get(name.removeprefix("listed "), tuple(terms(given))):
            yield "bad-cursor"
        if cursor.of_records and snapshot not in (None, cursor.revision):
            yield "bad-cursor"
    if name == "listed receipt":
        yield "too-much"
    if name == "snapshot" and (given.get("revision") is None) == (given.get("asOf") is None):
        yield "bad-argument"
    if name == "snapshot" and given.get("revision") is not None and not 0 <= given["revision"] <= newest:
        yield "no-such-revision"
