"""How the total of a country relates to the number of a sentence, now and before it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.model.kind import Kind
from schema.model.totals import NESTED_KEYS, TOTALS_RULE

from ...query.nodes import At, TotalsNode
from ..text import quote_literal
from .claim_check_numbers import contradicts, says
from .claim_check_scope import DAYS_AND_PLACE, SentenceSql, exact_days
from .claim_check_verdict import NO_LONGER_GIVEN, PLACES, SUPERSEDED
from .scope import Scope
from .totals import newest_totals

MAX_EARLIER = 2  # Totals as they were before the last changes of what is added: each takes as long as a total of the past.
EARLIER = At(revision=-1)  # Of the candidates, one after the other.
ROW = "t(unit text, basis text, low numeric, best numeric, high numeric, imprecise_dates integer)"


def judged_totals(kind: Kind, quantifier: str | None, sentence: SentenceSql, places: Sequence[str]) -> str:
    """The place in `places` of the verdict that a total leads to, of the step `total_`: none, or one for each row in the unit of the sentence.

    A total is that of the events which are recorded, and there may be others: its lower bound holds for the country, and neither its estimate nor its
    upper bound does. Numbers of a period, of a day and running totals are never added; if there are several, none is the number of the country.
    Nor is one that may be of other days than those of the sentence, or of another country.
    """
    said, number, rows = _judged(kind, quantifier, sentence)
    other = f"(t.several > 1 or not ({_of_these_days(sentence)} and {_of_this_country(sentence)}))"
    cases = [
        (f"{other} and ({said} or {number})", "counted_otherwise"),
        (other, None),
        (said, "supported"),
        (number, "qualified"),
        (f"t.low < {sentence.value} and {sentence.value} < t.high", "in_range"),
    ]
    whens = " ".join(f"when {condition} then {'null' if code is None else places.index(code)}" for condition, code in cases)
    return f"select case {whens} end as place from total_ cross join lateral {rows}"


def earlier_totals(sentence: SentenceSql, node: TotalsNode) -> dict[str, str]:
    """The steps `before_`, the last revisions of earlier states of a total, and `earlier_`, the places of the verdicts that these lead to.

    `since`: the revision that ended the state. A total of several sorts gave no number. States that were computed by an earlier rule are not looked at.
    """
    past = replace(sentence.scope, graphql=False, at=EARLIER, bound_revisions={EARLIER: "b.revision"})
    said, number, rows = _judged(node.kind, sentence.node.quantifier, sentence)
    place = f"case when t.several > 1 or not ({_of_these_days(sentence)} and {_of_this_country(sentence)}) then null when {said} then {PLACES.index(SUPERSEDED)} when {number} then {NO_LONGER_GIVEN} end"
    return {
        "before_": _before(sentence.scope, node.kind, sentence),
        "earlier_": f"select {place} as place, b.revision + 1 as since from before_ b "
        f"cross join lateral (select {newest_totals(past, node)}::jsonb as document) total_ cross join lateral {rows}",
    }


def _judged(kind: Kind, quantifier: str | None, sentence: SentenceSql) -> tuple[str, str, str]:
    """Two conditions, that a row of a total says what the sentence says and that it gives its number, and the rows of `total_`."""
    value = sentence.value
    included = "false as above, false as below, null::numeric as first, null::numeric as last"
    stated = f"select t.low as lower, null::numeric as upper, null::numeric as estimate, {included}"
    bounds = f"select t.low as lower, t.high as upper, {included}"
    said, contradicted = says(kind, quantifier, value, "n"), contradicts(kind, quantifier, value, "stated_")
    number = f"({value} in (t.low, t.best, t.high) and not coalesce({contradicted}, false))"
    rows = (
        f"(select t.*, count(*) over () as several from jsonb_to_recordset(total_.document -> 'rows') as {ROW} where t.unit = {sentence.unit}) t "
        f"cross join lateral ({stated}) n cross join lateral ({bounds}) stated_"
    )
    return said, number, rows


def _of_these_days(sentence: SentenceSql) -> str:
    """A condition: all that a row of a total counts is of the days of the sentence. What cannot be proved to be is not.

    Of numbers of periods, each has exact days within them. The running totals of a span begin in it. Stocks are all of one day: of the day that is
    given, or else of any, because people who were in one place on one day may have been in another on the next.
    """
    roles, since, until = sentence.roles, sentence.since, sentence.until
    held = _counted(sentence) + (f" and o.{roles.end} <= {until}" if until else "")
    series = ", ".join(f"o.{name}" for name in (roles.unit, roles.population, roles.actor, roles.place, roles.disaggregation))
    latest = f"select max(o.{roles.end}) as day from ({held}) o group by o.about, {series}"
    stock = f"(select count(distinct coalesce(l.day, 'infinity')) <= 1 from ({latest}) l)"
    flow = running = "true"
    if since or until:
        flow = "coalesce(t.imprecise_dates, 0) = 0"
    if until and not since:
        stock = f"not exists (select from ({latest}) l where l.day <> {until})"
    if since:
        begun = f"coalesce(o.{roles.start}, case when {exact_days('o')} then o.{DAYS_AND_PLACE[0]} end) >= {since}"
        running = f"not exists (select from ({held}) o where o.{roles.end} >= {since} and {begun} is not true)"
    return f"(case t.basis when '{roles.flow}' then {flow} when '{roles.cumulative}' then {running} else {stock} end)"


def _of_this_country(sentence: SentenceSql) -> str:
    """A condition: nothing that a row of a total counts has a place, its own or that of its event, in another country, such as a camp beyond the border."""
    roles, country = sentence.roles, sentence.event.fields[sentence.roles.country]
    places = sentence.scope.kinds[sentence.kind.fields[roles.place].type.ref or ""]
    (of_place,) = (field for field in places.fields.values() if field.type.vocabulary is country.type.vocabulary)
    abroad = f"select from {sentence.scope.records(places)} p where p.key = coalesce(o.{roles.place}, o.{DAYS_AND_PLACE[2]}) and p.{of_place.name} <> {sentence.about}"
    return f"not exists ({_counted(sentence)} and o.{roles.unit} = t.unit and exists ({abroad}))"


def _counted(sentence: SentenceSql) -> str:
    """The records that a row of a total can count, as `o`."""
    roles = sentence.roles
    named = "".join(f" and o.{name} = {value}" for name, value in sentence.named.items())
    return f"select o.* from records_ o where o.stands and o.{roles.measure} = {sentence.measure} and o.{roles.basis} = t.basis{named}"


def _before(scope: Scope, kind: Kind, sentence: SentenceSql) -> str:
    """The last revisions before what a total adds was changed: its records, their events, or what actors and places are part of."""
    roles, now = sentence.roles, scope.revision
    about, event = sentence.node.about, sentence.event
    assert about.field is not None
    column = about.field.name
    of_country = f"(select key from {event.name} where {column} = {sentence.about} union select key from {event.name}_history where {column} = {sentence.about})"
    changes = [
        f"select f.added_in from {kind.name} f where f.{roles.measure} = {sentence.measure} and f.{roles.event} in {of_country}",
        f"select unnest(array[f.added_in, f.removed_in]) from {kind.name}_history f where f.{roles.measure} = {sentence.measure} and f.{roles.event} in {of_country}",
        f"select e.removed_in from {event.name}_history e where e.{column} = {sentence.about}",
        f"select e.added_in from {event.name} e where e.{column} = {sentence.about}",
    ]
    for name in NESTED_KEYS:
        nested = scope.kinds[kind.fields[getattr(roles, name)].type.ref or ""]
        if (link := scope.kinds.nesting_field(nested)) is not None:
            moved = f"exists (select from {nested.name} n where n.key = h.key and n.{link.name} is not distinct from h.{link.name})"
            changes.append(f"select h.removed_in from {nested.name}_history h where not {moved}")
    # Few revisions: found first, so that the changes are not read again for each revision there is.
    changed = f"select distinct c.revision from ({' union all '.join(changes)}) c(revision) where c.revision <= {now} offset 0"
    return (
        f"select v.id as revision from ({changed}) c join revision v on v.id = c.revision - 1 "
        f"where v.totals_rule = {quote_literal(TOTALS_RULE)} order by v.id desc limit {MAX_EARLIER}"
    )
