"""The rules that decide between the claims about a record: their versions, the order of claims, and the conditions on claims that they use. Text; no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from schema.model.field import Field
from schema.model.kind import Kind


@dataclass(frozen=True)
class Rule:
    """A version of the rule. Every revision records the one that settled it, and stays as that one settled it.

    `whole`: what a record is comes from one claim, and claims about something else are left out.
    `revising`: a claim of a source is passed over where a later version of that source says the same thing.
    """

    name: str
    sentence: str
    whole: bool = True
    revising: bool = True


_ORDER_SENTENCE = (
    "A claim of preferred rank comes first, then the more reliable source, then the more credible claim, then the later publication. Ties are "
    "broken in alphabetical order by the source's id, the ids of the sources it is quoted from, the party it is attributed to, the locator "
    "and the collection; a claim without one of these comes before a claim with one. "
)
# A change of the rule needs a new version, which comes last here. Earlier ones are kept: they settled what was published under them.
RULES = {
    rule.name: rule
    for rule in (
        Rule(
            "preference/1",
            "It considers each group of fields separately, and only live claims that give one of them a value and are not deprecated. "
            + _ORDER_SENTENCE
            + "Reliability and date are ignored for claims about sources, because such claims settle them.",
            whole=False,
            revising=False,
        ),
        Rule(
            "preference/2",
            "It considers live claims that are not deprecated. What a figure or a participation is comes from one claim: the first that "
            "gives every required field of that sort. Then the claims are taken in order, that one first, and a claim that contradicts an "
            "earlier one in what the record is, is left out; of claims about other records, only those that give every required field are "
            "compared. Each group of fields comes from the first remaining claim that gives one of them a value; "
            "a claim that only qualifies a value, by a unit or a precision, comes after those that give one, and `origin` and `disaggregation` come from "
            "the claim that gives the number. A claim is passed over if a claim of a source that revises its source gives the same, unless only the "
            "former is of preferred rank. "
            + _ORDER_SENTENCE
            + "Reliability, date and revisions are ignored for claims about sources, because such claims settle them.",
        ),
    )
}
NEWEST = [*RULES.values()][-1]
RULE, RULE_SENTENCE = NEWEST.name, NEWEST.sentence
ORDER = """
      (c.rank = 'preferred') desc, {weight}c.credibility nulls last, {date}s.id collate "C",
      case when c.quoted_from <> '{{}}' then (
        select array_agg(q.id collate "C" order by u.n) from unnest(c.quoted_from) with ordinality u(key, n) join {sources} q on q.key = u.key
      ) end nulls first,
      c.attributed_to collate "C" nulls first, c.locator collate "C" nulls first, c.collection collate "C"
"""
LIVE = "rank <> 'deprecated'"


def preference(kind: Kind, sources: str) -> str:
    """The order of claims `c` of sources `s`, best first. It ends with the columns that identify a claim, so that no two claims are equal."""
    reliability, published = (None, None) if kind is kind.sources else (kind.sources.reliability, kind.sources.published)
    weight = f"s.{reliability} nulls last, " if reliability else ""
    date = f"s.{published} desc nulls last, " if published else ""
    return ORDER.strip().format(weight=weight, date=date, sources=sources)


def weights(sources: Kind, alias: str) -> str:
    """The columns of a source that decide between its claims and those of others."""
    return ", ".join(f"{alias}.{name}" for name in (sources.reliability, sources.published, sources.revises) if name)


def covered(fields: tuple[Field, ...], alias: str = "") -> str:
    """A condition: a claim gives a value to any field of a group."""
    names = [f"{alias}.{field.name}" if alias else field.name for field in fields]
    return f"{names[0]} is not null" if len(names) == 1 else f"num_nonnulls({', '.join(names)}) > 0"


def describes(kind: Kind, alias: str = "") -> str:
    """A condition: a claim gives every field without which it does not say which record it is about."""
    names = [f"{alias}.{field.name}" if alias else field.name for field in kind.describing]
    return f"num_nulls({', '.join(names)}) = 0" if names else "true"


def contradiction(fields: tuple[Field, ...], left: str, right: str) -> str:
    """A condition: two rows contradict each other in a field that both give."""
    return " or ".join(f"coalesce({left}.{field.name} <> {right}.{field.name}, false)" for field in fields) or "false"
