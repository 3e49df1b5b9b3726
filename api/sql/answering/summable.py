"""What totals take from one record `f` of an event `e`, as SQL: its bounds, its day, and why it cannot be added at all."""

from __future__ import annotations

from collections.abc import Sequence

from schema.model.totals import TotalsRoles

from ..text import quote_literal

# Conditions that a record's interval, from `p.first` to `p.final`, is not provably outside a bound: an unknown day proves nothing.
TOUCHES = {
    ">=": "(p.final is null or greatest(p.first, p.final) >= {bound})",
    "<=": "(p.first is null or least(p.first, p.final) <= {bound})",
}


def numbers(t: TotalsRoles) -> str:
    """The joins for the bounds `n.low` and `n.high` of a record `f`, and `n.bad`: whether its own numbers contradict each other."""
    low = f"coalesce(f.{t.low}, case when {among(f'f.{t.quantifier}', (t.exact, *t.at_least))} then f.{t.best} end)"
    high = f"coalesce(f.{t.high}, case when {among(f'f.{t.quantifier}', (t.exact, *t.at_most))} then f.{t.best} end)"
    stated = f"f.{t.low}, f.{t.best}, f.{t.high}"
    return f"""cross join lateral (
    select {low} as low, {high} as high,
      coalesce(f.{t.low} > f.{t.best}, false) or coalesce(f.{t.best} > f.{t.high}, false) or coalesce(f.{t.low} > f.{t.high}, false) as bad
  ) b cross join lateral (select case when b.bad and b.low is not null then least({stated}) else b.low end as low,
    case when b.bad and b.high is not null then greatest({stated}) else b.high end as high, b.bad) n"""


def reasons(t: TotalsRoles, bounds: Sequence[tuple[str, str]], derived: bool) -> str:
    """The reason why a record cannot be added at all; null if it can."""
    inside = " and ".join(f"d.day {operator} {bound}" for operator, bound in bounds)
    of_span = f"when d.day is null then 'date_unknown' when not ({inside}) then 'extends_beyond' " if bounds else ""
    nothing = " and ".join(f"f.{field} is null" for field in (t.low, t.best, t.high))
    of_origin = "" if derived else f"when {among(f'f.{t.origin}', t.derived_origins)} then f.{t.origin} "
    return (
        f"case {of_span}when {nothing} then 'no_number' when {among(f'f.{t.measure}', t.no_sum)} then 'no_sum' "
        f"when f.{t.unit} is null then 'unit_unknown' when f.{t.basis} is null then 'basis_unknown' {of_origin}end"
    )


def day(basis: str, span: str, t: TotalsRoles) -> str:
    """The day by which a record is attributed: the first of its span, or the last of a stock or running total, which holds at its end."""
    return f"case when {basis} = {quote_literal(t.flow)} then coalesce({span}.first, {span}.final) else coalesce({span}.final, {span}.first) end"


def month(day: str) -> str:
    return f"date_trunc('month', {day}::timestamp)::date"


def rough(t: TotalsRoles) -> str:
    """Whether a record has no exact day: its last day is unknown or, of a flow, its first; or the days of its event are not exact."""
    unknown = f"p.final is null or (f.{t.basis} = {quote_literal(t.flow)} and p.first is null)"
    return f"(coalesce({unknown}, false) or coalesce(e.{t.event_precision} > 1, false))"


def of_a_part(t: TotalsRoles, alias: str) -> str:
    """Whether an admitted record of a period counts certain days that are only a part of those of its event, which may have no last day."""
    own = f"{alias}.own and {alias}.basis = {quote_literal(t.flow)} and not {alias}.rough"
    inside = f"{alias}.event_start <= {alias}.start_ and {alias}.start_ <= {alias}.end_ and coalesce({alias}.event_end, 'infinity') >= {alias}.end_"
    return f"({own} and {inside} and ({alias}.start_, {alias}.end_) is distinct from ({alias}.event_start, {alias}.event_end))"


def among(column: str, codes: tuple[str, ...]) -> str:
    return f"{column} = any(array[{code_list(codes)}]::text[])"


def code_list(codes: Sequence[str]) -> str:
    return ", ".join(quote_literal(code) for code in codes)
