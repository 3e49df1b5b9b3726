"""How the number of a sentence relates to the numbers of a claim or of a total: SQL expressions over the columns of a row."""

from __future__ import annotations

from dataclasses import dataclass

from schema.model.kind import Kind

from .summable import among, code_list


@dataclass(frozen=True)
class StatedSql:
    """What a row states, as the columns `lower`, `above` (whether the lower bound itself is excluded), `upper`, `below` and `estimate`.

    Bounds are those of totals (docs/totals.md): a best estimate is none. If the numbers of a row contradict each other, its bounds include all of them.
    `first` and `last` are the bounds of what is counted in whole numbers: more than 99 people are at least 100, and at most 0 are exactly 0. Null if there
    can be fractions.
    """

    kind: Kind
    row: str
    measure: str
    unit: str  # If the row has none.

    def relation(self) -> str:
        """A lateral relation of one row with these columns."""
        roles, row, quantities = self.kind.totals, self.row, self.kind.quantities
        assert roles is not None and quantities is not None
        low, best, high = (f"{row}.{name}" for name in (roles.low, roles.best, roles.high))
        quantifier = f"{row}.{roles.quantifier}"
        at_least, at_most = (f"{quantifier} in ({code_list(codes)})" for codes in (roles.at_least, roles.at_most))
        exact = f"{quantifier} = '{roles.exact}'"
        more, less = (f"coalesce({quantifier} = '{codes[0]}', false)" for codes in (roles.at_least, roles.at_most))
        stated = (
            f"select case when {at_least} or {exact} then coalesce({low}, {best}) else {low} end as least, {more} as above, "
            f"case when {at_most} or {exact} then coalesce({high}, {best}) else {high} end as most, {less} as below, "
            f"case when {at_least} or {at_most} then null else {best} end as estimate"
        )
        bounds = (
            "select case when least is not null then least(least, estimate, most) end as lower, "
            "above and least <= coalesce(least(estimate, most), least) as above, "
            "case when most is not null then greatest(least, estimate, most) end as upper, "
            "below and most >= coalesce(greatest(least, estimate), most) as below, estimate "
            f"from ({stated}) stated"
        )
        whole = f"coalesce({row}.{roles.unit}, {self.unit}) not in ({code_list(quantities.fractional)})"
        last = f"case when {whole} then ceil(upper) - case when below then 1 else 0 end end"
        nothing = "last = 0" + (f" and {self.measure} not in ({code_list(quantities.signed)})" if quantities.signed else "")
        first = f"case when {whole} then floor(lower) + case when above then 1 else 0 end end"
        return f"(select b.*, coalesce({first}, case when {nothing} then 0 end) as first from (select *, {last} as last from ({bounds}) bounds) b)"


def says(kind: Kind, quantifier: str | None, value: str, stated: str, row: str = "") -> str:
    """A condition: what is stated says that the number is `value`, by a quantifier, or something from which that follows.

    `row`: the alias of the claim, whose own quantifier counts; empty for a total, which has none.
    """
    assert kind.totals is not None and kind.quantities is not None
    roles, about = kind.totals, kind.quantities.approximate(kind.totals.exact)
    lower, upper, estimate, first, last = (f"{stated}.{name}" for name in ("lower", "upper", "estimate", "first", "last"))
    one = (
        f"({lower} = {value} and {upper} = {value} and not {stated}.above and not {stated}.below or {first} = {value} and {last} = {value})"
    )
    own = f"{row}.{roles.quantifier}" if row else ""
    if quantifier in roles.at_least:
        excluded = quantifier == roles.at_least[0]
        more = f" and ({lower} > {value} or {stated}.above)" if excluded else ""
        return f"({lower} >= {value}{more} or {first} {'>' if excluded else '>='} {value})"
    if quantifier in roles.at_most:
        excluded = quantifier == roles.at_most[0]
        less = f" and ({upper} < {value} or {stated}.below)" if excluded else ""
        return f"({upper} <= {value}{less} or {last} {'<' if excluded else '<='} {value})"
    if quantifier == roles.exact:
        return f"({one} or ({estimate} = {value} and {own} = '{quantifier}'))" if own else one
    plainly = f" and not coalesce({among(own, about)}, false)" if own and quantifier is None else ""
    return f"({one} or ({estimate} = {value}{plainly}))"


def contradicts(kind: Kind, quantifier: str | None, value: str, stated: str) -> str:
    """A condition: what is stated and the sentence cannot both be true, by the bounds. "About so many" has none, so it contradicts nothing."""
    assert kind.totals is not None
    roles = kind.totals
    lower, upper, above, below, first, last = (f"{stated}.{name}" for name in ("lower", "upper", "above", "below", "first", "last"))
    fewer, more = f"({upper} < {value} or ({upper} = {value} and {below}))", f"({lower} > {value} or ({lower} = {value} and {above}))"
    if quantifier in roles.at_least:
        return f"({upper} <= {value} or {last} <= {value})" if quantifier == roles.at_least[0] else f"({fewer} or {last} < {value})"
    if quantifier in roles.at_most:
        return f"({lower} >= {value} or {first} >= {value})" if quantifier == roles.at_most[0] else f"({more} or {first} > {value})"
    if quantifier == roles.exact:
        return f"({fewer} or {more})"
    return f"({upper} < {value} or {lower} > {value})" if quantifier is None else "false"


def within(value: str, stated: str) -> str:
    """A condition: `value` lies within the bounds of what is stated."""
    return (
        f"({stated}.lower <= {value} and {value} <= {stated}.upper and not ({stated}.above and {stated}.lower = {value}) "
        f"and not ({stated}.below and {stated}.upper = {value}))"
    )
