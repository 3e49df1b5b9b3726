"""The rule by which facts are settled from claims, in plain Python."""

from __future__ import annotations

from typing import Any

from schema.kinds import KINDS
from schema.model.field import Field
from schema.model.kind import Kind

Claim = dict[str, Any]


World = dict[str, dict[str, list[Claim]]]  # By collection and kind.


Facts = dict[str, dict[str, dict[str, Any]]]  # By kind and id.


def identity(claim: Claim, collection: str) -> tuple[Any, ...]:
    return (claim["source"], tuple(claim.get("quoted_from") or ()), claim.get("attributed_to"), claim.get("locator"), collection)


def preference(claim: Claim, collection: str, sources: dict[str, dict[str, Any]] | None) -> list[Any]:
    """api.sql.preference.RULE_SENTENCE, word by word; the least is the best."""

    def none_last(value: Any) -> tuple[bool, Any]:
        return (value is None, value)

    def none_first(value: Any) -> tuple[bool, Any]:
        return (value is not None, value)

    order: list[Any] = [claim.get("rank") != "preferred"]  # preferred rank first
    if sources is not None:  # Claims about sources are not weighed by reliability or date
        order.append(none_last(sources[claim["source"]]["reliability"]))  # then the more reliable source
    order.append(none_last(claim.get("credibility")))  # then the more credible claim
    if sources is not None:
        day = sources[claim["source"]]["published_on"]  # then the later publication
        order.append(none_last(day and -int(day.replace("-", ""))))
    order.append(claim["source"])  # then in alphabetical order the source's id
    order.append(none_first(tuple(claim.get("quoted_from") or ()) or None))  # the ids of those it is quoted from
    order.append(none_first(claim.get("attributed_to")))  # the credited voice
    order.append(none_first(claim.get("locator")))  # the locator
    order.append(collection)  # and the collection; none before any
    return order


def chosen(kind: Kind, claims: list[tuple[Claim, str]], sources: dict[str, dict[str, Any]] | None) -> dict[str, tuple[Claim, str] | None]:
    """For each group of fields, the claim that it is settled from, among claims with their collections. `sources` as in `preference`."""
    live = sorted((c for c in claims if c[0].get("rank") != "deprecated"), key=lambda c: preference(c[0], c[1], sources))
    whole = [c for c in live if _gives_all(c[0], kind.describing)]
    # The claim that says what the record is: it comes first when claims are taken in order
    first = [c for c in whole if not _passed_over(c, whole, sources)]
    outdated = [c for c in whole if c not in first]
    others = [c for c in live if c not in whole] if kind.told_together else []
    late = [c for c in others if _passed_over(c, whole, sources)]
    remaining: list[tuple[Claim, str]] = []
    for claim in [*first, *outdated, *(c for c in others if c not in late), *late]:
        if not any(contradict(kind, claim[0], earlier[0]) for earlier in remaining):
            remaining.append(claim)
    if not kind.told_together:
        remaining += [c for c in live if c not in whole]
    found: dict[str, tuple[Claim, str] | None] = {}
    for group, fields in kind.groups.items():
        if fields[0] in kind.told_together and first:
            found[group] = first[0] if first[0][0].get(group) is not None else None
        else:
            found[group] = _first(kind, group, fields, remaining, sources)
    for group, (field, *_) in kind.groups.items():
        leading = found.get(field.follows)
        if leading and _gives(leading[0], kind.leading(field.follows)):
            found[group] = leading if leading[0].get(field.name) is not None else None
    return found


def _first(
    kind: Kind, group: str, fields: tuple[Field, ...], claims: list[tuple[Claim, str]], sources: dict[str, dict[str, Any]] | None
) -> tuple[Claim, str] | None:
    """The first claim that gives a group a value. One that only qualifies a value comes after those that give one."""
    leading = [c for c in claims if _gives(c[0], kind.leading(group))]
    usable = [c for c in claims if _gives(c[0], fields) and not _passed_over(c, leading, sources)]
    return min(usable, key=lambda c: (c not in leading, preference(c[0], c[1], sources)), default=None)


def contradict(kind: Kind, one: Claim, other: Claim, within: bool = False) -> bool:
    """Whether two claims say that they are about different things or, `within` one source, classify one thing in two ways."""
    fields = kind.told if within else kind.told_apart
    return any(one.get(f.name) != other.get(f.name) for f in fields if one.get(f.name) is not None and other.get(f.name) is not None)


def _gives(claim: Claim, fields: tuple[Field, ...]) -> bool:
    return any(claim.get(field.name) is not None for field in fields)


def _gives_all(claim: Claim, fields: tuple[Field, ...]) -> bool:
    return all(claim.get(field.name) is not None for field in fields)


def _passed_over(claim: tuple[Claim, str], others: list[tuple[Claim, str]], sources: dict[str, dict[str, Any]] | None) -> bool:
    """Whether a later version of the claim's source says the same; all `others` do, whoever they are of."""
    return sources is not None and any(
        claim[0]["source"] in _earlier(other[0]["source"], sources)
        and (other[0].get("rank") == "preferred" or claim[0].get("rank") != "preferred")
        for other in others
    )


def _earlier(source: str, sources: dict[str, dict[str, Any]]) -> list[str]:
    """The earlier versions of a source."""
    before = sources[source].get("revises")
    return [before, *_earlier(before, sources)] if before is not None else []


def settled_by_hand(world: World) -> Facts:
    facts: Facts = {}
    for kind in KINDS.settling_order:
        all: dict[str, list[tuple[Claim, str]]] = {}
        for collection, kinds in world.items():
            for claim in kinds[kind.name]:
                all.setdefault(claim["id"], []).append((claim, collection))
        weights = None if kind.name == "source" else facts["source"]
        facts[kind.name] = {id: _settled_by_hand(kind, claims, weights) for id, claims in all.items()}
    return facts


def _settled_by_hand(kind: Kind, claims: list[tuple[Claim, str]], weights: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    fact: dict[str, Any] = {"claims": len(claims)}
    for group, best in chosen(kind, claims, weights).items():
        fact[f"{group}_claim"] = identity(*best) if best else None
        for field in kind.groups[group]:
            fact[field.name] = best[0].get(field.name) if best else None
    return fact
