"""Peers' answers brought to one form, so that they can be compared field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.kinds import KINDS
from schema.surfaces.graphql.names import camel

CODE_FIELDS = {"kind", "role", "measure", "population", "unit"}  # Names in GraphQL have capitals where the data have none.
NUMBER_FIELDS = {"low", "best", "high", "latitude", "longitude"}  # Exact decimals travel as text with some peers.
LIST_WRAPPERS = ("nodes", "data")  # What a list of links may be wrapped in.
KINDS_WITH_PROVENANCE = {"event": KINDS["event"], "location": KINDS["location"], "figure": KINDS["figure"]}


def canonical(answer: Any) -> Any:
    """The answer with lists unwrapped and in order of id, codes in small letters, numbers as numbers, provenance field by field."""
    if isinstance(answer, list):
        items = [canonical(one) for one in answer]
        return sorted(items, key=_rank) if answer and _unordered(answer) else items
    if not isinstance(answer, dict):
        return answer
    if set(answer) & set(LIST_WRAPPERS):
        return canonical(next(answer[name] for name in LIST_WRAPPERS if name in answer))
    answer = {_camel(name): value for name, value in answer.items()}
    provenance = _provenance(answer)
    return {name: _value(name, value) for name, value in answer.items() if name not in provenance["used"]} | provenance["found"]


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two canonical answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(set(one) | set(other)):
            if name not in one or name not in other:
                yield f"{path}.{name}: only one has it"
            else:
                yield from differences(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{path}: {len(one)} and {len(other)} items"
        for n, (left, right) in enumerate(zip(one, other, strict=False)):
            yield from differences(left, right, f"{path}[{n}]")
    elif one != other:
        yield f"{path}: {one!r} and {other!r}"


def _camel(name: str) -> str:
    return camel(name) if "_" in name else name


def _value(name: str, value: Any) -> Any:
    if name in CODE_FIELDS and isinstance(value, str):
        return value.lower()
    if name in NUMBER_FIELDS and value is not None:
        return float(value)
    return canonical(value)


def _unordered(items: list[Any]) -> bool:
    """Whether the order of a list has no meaning: events have the requested order, linked records have none."""
    return isinstance(items[0], dict) and "startedOn" not in items[0] and "started_on" not in items[0]


def _rank(item: Any) -> str:
    return str(item.get("id") or sorted(item.items(), key=str)) if isinstance(item, dict) else str(item)


def _provenance(record: dict[str, Any]) -> dict[str, Any]:
    """Provenance by field, from whichever form the answer has it in: `provenance`, or the claims and which are chosen."""
    if "provenance" in record:
        found = {name: _claims(name, provenance["claims"]) for name, provenance in record["provenance"].items()}
        return {"used": {"provenance"}, "found": {"provenance": found}}
    claims = record.get("claims")
    if isinstance(claims, dict):
        claims = claims["nodes"]
    if not isinstance(claims, list):
        return {"used": set(), "found": {}}
    kind = KINDS_WITH_PROVENANCE["event" if "startedOn" in record else "location" if "latitude" in record else "figure"]
    names = {camel(one.name): camel(f"{one.group_name}_claim") for one in kind.fields.values()}
    found = {}
    for name in (one for one in names if claims and one in claims[0]):
        found[name] = _claims(name, [
            {"value": claim[name], "chosen": name in map(_from_enum, claim["chosenFor"]) if "chosenFor" in claim else record[names[name]] == claim["key"],
             "source": claim["source"]}
            for claim in claims if claim[name] is not None
        ])  # fmt: skip
    return {"used": {"claims", *names.values()}, "found": {"provenance": found}}


def _from_enum(code: str) -> str:
    """The field that a value of an enum such as EventField is: `startedOn` for STARTED_ON."""
    return camel(code.lower())


def _claims(name: str, claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [{"value": _value(name, claim["value"]), "chosen": claim["chosen"], "source": claim["source"]} for claim in claims]
    return sorted(rows, key=str)
