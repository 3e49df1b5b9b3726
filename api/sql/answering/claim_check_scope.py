"""What a sentence is about, as SQL: its number, its event or country, and the respects in which a claim counts something else.

A respect that cannot be proved to be the same differs: a number for other people or other days must not confirm a sentence.
"""

from __future__ import annotations

from schema.model.claim_checks import DIFFERENCES

from ...query.nodes import Check
from .claim_check_verdict import PUBLISHED
from .scope import Scope
from .summable import among

DAYS_AND_PLACE = ("about_start", "about_end", "about_place")
PRECISION = "about_precision"
OWN = "own"
DAY = "holds_on"  # Of claims that were judged: the day of a stock or running total.
KNOWN_FROM, STANDING, ONLY_STANDING = "known_from", "standing", "only_standing"  # Of records; see `in_series`.


def exact_days(row: str) -> str:
    """A condition: the first and the last day of the event of a record are bounds of when it was, and not some day of a month."""
    begun, ended, _ = (f"{row}.{name}" for name in DAYS_AND_PLACE)
    return f"not coalesce({row}.{PRECISION} > 1 and ({ended} is null or {begun} = {ended}), false)"


class SentenceSql:
    """The sentence of a check; `c` is a claim and `r` its record, with the columns of `event_columns`."""

    def __init__(self, scope: Scope, node: Check) -> None:
        assert node.kind.totals is not None and node.kind.quantities is not None
        self.scope, self.node, self.kind, self.roles = scope, node, node.kind, node.kind.totals
        self.quantities = node.kind.quantities
        self.event = scope.kinds[node.kind.fields[self.roles.event].type.ref or ""]
        self.value, self.measure, self.unit = (
            scope.bind(node.value, "numeric"),
            scope.bind(node.measure, "text"),
            scope.bind(node.unit, "text"),
        )
        self.named = {name: self._named(name, value) for name, value in node.named.items()}
        self.since, self.until = (None if day is None else scope.bind(day, "date") for day in (node.since, node.until))
        self.about = scope.bind(node.about.value, "text")

    def _named(self, name: str, value: object) -> str:
        """What the sentence names: a code, or the key of a record."""
        target = self.kind.fields[name].type.ref
        bound = self.scope.bind(value, "text")
        return bound if target is None else f"(select key from {self.scope.records(self.scope.kinds[target])} named where id = {bound})"

    def exists(self) -> str:
        """A condition: the records that the sentence names exist."""
        found = [f"{key} is not null" for name, key in self.named.items() if self.kind.fields[name].type.ref]
        if self.node.of_event:
            found.append(f"exists (select from {self.events()} e)")
        return " and ".join(found) or "true"

    def events(self) -> str:
        """The relation of the events that the sentence is about."""
        column = self.node.about.field.name if self.node.about.field else "id"
        branches = [f"select * from {self.event.name}"] if self.scope.at.now else self.scope.plain_branches(self.event)
        return f"({' union all '.join(f'select * from ({branch}) e where e.{column} = {self.about}' for branch in branches)})"

    def event_columns(self, e: str) -> str:
        fields = (self.roles.event_start, self.roles.event_end, self.roles.event_place)
        columns = [*zip(fields, DAYS_AND_PLACE, strict=True), (self.roles.event_precision, PRECISION)]
        return ", ".join(f"{e}.{field} as {name}" for field, name in columns)

    def differs(self, c: str, r: str, said: str) -> str:
        """The respects in which a claim counts something else, as an array, by the relation `own`. `said`: the condition that it says what the sentence says."""
        days = f"coalesce({self._same_days(r, said)}, false)"
        conditions = [  # In the order of DIFFERENCES.
            "false" if self.node.of_event else "true",
            f"{self._unit(c, self.measure)} is distinct from {self.unit}",
            f"not ({self._same_population()})",
            f"not ({self._same_actor(r)})",
            f"not ({self._same_place(r)})",
            f"{OWN}.{self.roles.basis} <> {self.named[self.roles.basis]}" if self.roles.basis in self.named else "false",
            f"not {days}",
        ]
        cases = ", ".join(f"case when {condition} then '{name}' end" for name, condition in zip(DIFFERENCES, conditions, strict=True))
        return f"array_remove(array[{cases}]::text[], null)"

    def own(self, c: str, r: str, status: str) -> str:
        """A lateral relation `own` of one row: what a claim with a status says of each field, and its days as `first` and `last`.

        What a published claim leaves out is what is published of its record, and was, if it has ended. Another claim says no more than its own words; only its
        sort of number is that of its record, and so is the day of a stock or running total, since these are records of one day each.
        """
        roles, names = self.roles, (self.roles.population, self.roles.actor, self.roles.place, self.roles.origin)
        fields = (*names, roles.basis, roles.start, roles.end)
        given = self.kind.fields[roles.best].group_name
        then = f"{c}.ended is not null and h.key = {c}.record and h.added_in < {c}.ended and h.removed_in >= {c}.ended and h.{given}_claim = {c}.key"
        filled = (
            f"select {', '.join(f'{r}.{name}' for name in fields)} where {status} = '{PUBLISHED}' union all "
            f"select {', '.join(f'h.{name}' for name in fields)} from {self.kind.name}_history h where {then}"
        )
        basis = f"coalesce({c}.{roles.basis}, p.{roles.basis}, {r}.{roles.basis}, '{roles.flow}')"
        columns = [f"coalesce({c}.{name}, p.{name}) as {name}" for name in names]
        for name, day in ((roles.start, "first"), (roles.end, "last")):
            other = f"case when p.filled or {basis} = '{roles.flow}' then p.{name} else {r}.{name} end"
            columns.append(f"case when num_nonnulls({c}.{roles.start}, {c}.{roles.end}) > 0 then {c}.{name} else {other} end as {day}")
        one = f"(select 1) one left join (select true as filled, f.* from ({filled}) f limit 1) p on true"
        return f"(select {', '.join(columns)}, {basis} as {roles.basis} from {one} offset 0) {OWN}"

    def _unit(self, row: str, measure: str) -> str:
        """The unit of a claim or record: its own or, failing that, the only one that the measure can have."""
        only = " ".join(f"when '{code}' then '{units[0]}'" for code, units in self.quantities.units.items() if len(units) == 1)
        return f"coalesce({row}.{self.roles.unit}, case {measure} {only} end)"

    def _same_population(self) -> str:
        """A claim that names no people says what a sentence says that names none. It does not say that it counts everybody, or just these."""
        own, everybody = f"{OWN}.{self.roles.population}", self.roles.all_people
        if self.roles.population not in self.named:
            return f"{own} is null or {among(own, everybody)}"
        named = self.named[self.roles.population]
        return f"coalesce({own} = {named} or ({among(own, everybody)} and {among(named, everybody)}), false)"

    def _same_actor(self, r: str) -> str:
        """An actor that the sentence does not name may only stand for the population that it names, as civilians do, and be the only one of the event that does."""
        own = f"{OWN}.{self.roles.actor}"
        if self.roles.actor in self.named:
            return f"coalesce({own} = {self.named[self.roles.actor]}, false)"
        if self.roles.population not in self.named:
            return f"{own} is null"
        population = self.named[self.roles.population]
        others = f"select from records_ o where o.stands and o.about = {r}.about and o.{self.roles.measure} = {self.measure}"
        others += f" and o.{self.roles.population} = {population} and o.{STANDING} <> {own}"
        return f"{own} is null or (exists ({self._standing(own, population)}) and not exists ({others}))"

    def _standing(self, actor: str, population: str) -> str:
        """A select of an actor if it stands for a population."""
        actors = self.scope.kinds[self.kind.fields[self.roles.actor].type.ref or ""]
        return f"select a.key from {self.scope.records(actors)} a where a.key = {actor} and a.{self.roles.actor_kind} = {population}"

    def _same_place(self, r: str) -> str:
        own, place = f"{OWN}.{self.roles.place}", f"{r}.{DAYS_AND_PLACE[2]}"
        if self.roles.place in self.named:
            return f"coalesce(coalesce({own}, {place}) = {self.named[self.roles.place]}, false)"
        return f"coalesce({own} = {place}, {own} is null)"

    # Days

    def day(self) -> str:
        """The day on which the number of a claim holds, by the relation `own`: null for a number of a period."""
        return f"case when {OWN}.{self.roles.basis} <> '{self.roles.flow}' then {OWN}.last end"

    def _same_days(self, r: str, said: str) -> str:
        """A condition: what a claim counts has the days of the sentence."""
        roles, basis = self.roles, f"{OWN}.{self.roles.basis}"
        begun, ended, _ = (f"{r}.{name}" for name in DAYS_AND_PLACE)
        cumulative = f"{basis} = '{roles.cumulative}'"
        return (
            f"(select case when {basis} = '{roles.flow}' then {self._same_period(r, begun, ended)}{self._part(r, said)} "
            f"when {cumulative} then {self._same_day(r, True)} and ({self._same_beginning(r, begun)}{self._part(r, said)}) else {self._same_day(r, False)} end "
            f"from (select {OWN}.first, {OWN}.last) d)"
        )

    def _same_period(self, r: str, begun: str, ended: str) -> str:
        """Of a number of a period: it covers the event, which lies within the days of the sentence, or just these days.

        Of an event with days that are not exact, and no span of two days, nobody knows within which days it lies.
        """
        whole = f"(num_nonnulls(d.first, d.last) = 0 or coalesce(d.first <= {begun} and d.last >= {ended}, false))"
        inside = [f"least(d.first, {begun}) >= {self.since}"] if self.since else []
        inside += [f"greatest(d.last, {ended}) <= {self.until}"] if self.until else []
        if not inside:
            return whole
        unknown = [f"d.{name} is null" for name, day in (("first", self.since), ("last", self.until)) if day]
        inside.append(f"({exact_days(r)} or not ({' or '.join(unknown)}))")
        first = f"d.first = {self.since}" if self.since else f"coalesce(d.first <= {begun}, d.first is null)"
        last = f"d.last = {self.until}" if self.until else f"coalesce(d.last >= {ended}, d.last is null)"
        return f"(coalesce({whole} and {' and '.join(inside)}, false) or coalesce({first} and {last}, false))"

    def _part(self, r: str, said: str) -> str:
        """A further condition: at least so many in some of the days are at least so many in all of them. Days outside the event are none of its days."""
        if self.node.quantifier not in self.roles.at_least:
            return ""
        begun, ended, _ = (f"{r}.{name}" for name in DAYS_AND_PLACE)
        before, after = (f"not coalesce({outside} and {exact_days(r)}, false)" for outside in (f"d.first < {begun}", f"d.last > {ended}"))
        first = f"d.first >= {self.since}" if self.since else before
        last = f"d.last <= {self.until}" if self.until else after
        return f" or coalesce({said} and {first} and {last}, false)"

    def _same_day(self, r: str, cumulative: bool) -> str:
        """Of a number that holds on a day: it is that of the last day of the sentence or, if this names none, the latest of its series."""
        if self.until is None:
            later = "" if self.since is None or cumulative else f" and d.last >= {self.since}"
            return f"(not exists ({self._later(r)}){later}{self._complete(r, cumulative)})"
        if self.since is None or cumulative:
            return f"d.last = {self.until}"
        return f"(d.last between {self.since} and {self.until} and not exists ({self._later(r)}))"

    def _complete(self, r: str, cumulative: bool) -> str:
        """A further condition on the latest number of an event that goes on: later, there may be more. So it is no upper bound of the whole, unless the event had ended."""
        if self.node.quantifier not in (self.roles.exact, *self.roles.at_most):
            return ""
        begun, ended, _ = (f"{r}.{name}" for name in DAYS_AND_PLACE)
        covered = f"d.last >= {ended}" if cumulative else f"d.last = {ended} and d.last = {begun}"
        return f" and coalesce({covered} and {exact_days(r)}, false)"

    def _same_beginning(self, r: str, begun: str) -> str:
        """Of a running total: it begins with the event, which does not begin before the first day of the sentence, or just on this day."""
        if self.since is None:
            return f"coalesce(d.first <= {r}.{KNOWN_FROM}, d.first is null)"
        whole = f"(d.first is null or d.first <= {begun}) and least(d.first, {begun}) >= {self.since} and {begun} is not null and {exact_days(r)}"
        return f"(coalesce({whole}, false) or coalesce(d.first = {self.since}, false))"

    def _later(self, r: str) -> str:
        """The later numbers of a series, of those that the step `latest_` has; a number without a day is none of several."""
        return f"select from latest_ o where o.key <> {r}.key and o.about = {r}.about and o.series = {r}.series and (o.day > d.last or d.last is null)"

    def latest(self) -> str:
        """The step `latest_`: of each series the two latest numbers, up to the last day of the sentence. So the latest of the others is in it for each record."""
        until = f" and o.{self.roles.end} <= {self.until}" if self.until else ""
        ranked = (
            f"select o.key, o.about, o.series, o.{self.roles.end} as day, row_number() over (partition by o.about, o.series order by o.{self.roles.end} desc, o.key) as n "
            f"from records_ o where o.stands and o.{self.roles.end} is not null{until}"
        )
        return f"select key, about, series, day from ({ranked}) ranked where n <= 2"

    def in_series(self, records: str) -> str:
        """Records with their `series`, from when their event is known (the first day of any of its numbers, if it has no date), and the actor that stands for the people."""
        roles = self.roles
        actor = f"({self._standing(f'r.{roles.actor}', f'r.{roles.population}')})" if self.node.of_event else "null::bigint"
        begun = f"r.{DAYS_AND_PLACE[0]}"
        first = f"min(r.{roles.start}) filter (where r.stands and r.{roles.basis} in ('{roles.flow}', '{roles.cumulative}')) over (partition by r.about)"
        same = f"filter (where r.stands) over (partition by r.about, r.{roles.measure}, r.{roles.population})"
        only = f"coalesce(min(r.{STANDING}) {same} = max(r.{STANDING}) {same}, false)"
        standing = f"select r.*, {actor} as {STANDING} from ({records}) r"
        known = f"select r.*, coalesce({begun}, {first}) as {KNOWN_FROM}, {only} as {ONLY_STANDING} from ({standing}) r"
        return f"select r.*, {self._series('r')} as series from ({known}) r"

    def _series(self, row: str) -> str:
        """A text for the series of a record, the same for two if no word of a sentence tells them apart.

        People who are not named are everybody, a place that is not named is that of the event, a unit that is not named is the only one of the measure, the
        only actor that stands for the people is not named, and a running total begins with the event unless it begins later.
        """
        roles = self.roles
        parts = [f"{row}.{name}" for name in (roles.measure, roles.basis)]
        parts.append(self._unit(row, f"{row}.{roles.measure}"))
        parts.append(f"case when {row}.{STANDING} is null or not {row}.{ONLY_STANDING} then {row}.{roles.actor} end")
        parts.append(f"case when not {among(f'{row}.{roles.population}', roles.all_people)} then {row}.{roles.population} end")
        parts.append(f"coalesce({row}.{roles.place}, {row}.{DAYS_AND_PLACE[2]})")
        parts.append(f"case when {row}.{roles.basis} = '{roles.cumulative}' then greatest({row}.{roles.start}, {row}.{KNOWN_FROM}) end")
        return f"row({', '.join(parts)})::text"
