"""The rule by which facts are settled from claims, in plain Python."""

from __future__ import annotations

from typing import Any

from schema.kinds import KINDS
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
    for group, fields in kind.groups.items():
        # For each group of fields, among the live claims that give any of them a value and are not deprecated
        usable = [(c, at) for c, at in claims if c.get("rank") != "deprecated" and any(c.get(f.name) is not None for f in fields)]
        best = min(usable, key=lambda found: preference(found[0], found[1], weights)) if usable else None
        fact[f"{group}_claim"] = identity(*best) if best else None
        for field in fields:
            fact[field.name] = best[0].get(field.name) if best else None
    return fact
