"""How the number of a sentence relates to the numbers of a claim or of a total: SQL expressions over the columns of a row."""

from __future__ import annotations

from dataclasses import dataclass

from schema.model.kind import Kind
from schema.model.totals import TotalsRoles

from .summable import among, code_list


@dataclass(frozen=True)
class StatedSql:
    """What a row states, as the columns `lower`, `above` (whether the lower bound itself is excluded), `upper`, `below` and `estimate`.

    Bounds are those of totals (docs/totals.md): a best estimate is none. If the numbers of a row contradict each other, its bounds include all of them.
    """

    roles: TotalsRoles
    row: str

    def relation(self) -> str:
        """A lateral relation of one row with these columns."""
        roles, row = self.roles, self.row
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
        return (
            "(select case when least is not null then least(least, estimate, most) end as lower, "
            "above and least <= coalesce(least(estimate, most), least) as above, "
            "case when most is not null then greatest(least, estimate, most) end as upper, "
            "below and most >= coalesce(greatest(least, estimate), most) as below, estimate "
            f"from ({stated}) stated)"
        )


def says(kind: Kind, quantifier: str | None, value: str, stated: str, row: str = "") -> str:
    """A condition: what is stated says that the number is `value`, by a quantifier, or something from which that follows.

    `row`: the alias of the claim, whose own quantifier counts; empty for a total, which has none.
    """
    assert kind.totals is not None and kind.quantities is not None
    roles, about = kind.totals, kind.quantities.approximate(kind.totals.exact)
    lower, upper, estimate = (f"{stated}.{name}" for name in ("lower", "upper", "estimate"))
    one = f"({lower} = {value} and {upper} = {value} and not {stated}.above and not {stated}.below)"
    own = f"{row}.{roles.quantifier}" if row else ""
    if quantifier in roles.at_least:
        more = f" and ({lower} > {value} or {stated}.above)" if quantifier == roles.at_least[0] else ""
        return f"({lower} >= {value}{more})"
    if quantifier in roles.at_most:
        less = f" and ({upper} < {value} or {stated}.below)" if quantifier == roles.at_most[0] else ""
        return f"({upper} <= {value}{less})"
    if quantifier == roles.exact:
        return f"({one} or ({estimate} = {value} and {own} = '{quantifier}'))" if own else one
    plainly = f" and not coalesce({among(own, about)}, false)" if own and quantifier is None else ""
    return f"({one} or ({estimate} = {value}{plainly}))"


def contradicts(kind: Kind, quantifier: str | None, value: str, stated: str) -> str:
    """A condition: what is stated and the sentence cannot both be true, by the bounds. "About so many" has none, so it contradicts nothing."""
    assert kind.totals is not None
    roles = kind.totals
    lower, upper, above, below = (f"{stated}.{name}" for name in ("lower", "upper", "above", "below"))
    fewer, more = f"({upper} < {value} or ({upper} = {value} and {below}))", f"({lower} > {value} or ({lower} = {value} and {above}))"
    if quantifier in roles.at_least:
        return f"{upper} <= {value}" if quantifier == roles.at_least[0] else fewer
    if quantifier in roles.at_most:
        return f"{lower} >= {value}" if quantifier == roles.at_most[0] else more
    if quantifier == roles.exact:
        return f"({fewer} or {more})"
    return f"({upper} < {value} or {lower} > {value})" if quantifier is None else "false"


def within(value: str, stated: str) -> str:
    """A condition: `value` lies within the bounds of what is stated."""
    return (
        f"({stated}.lower <= {value} and {value} <= {stated}.upper and not ({stated}.above and {stated}.lower = {value}) "
        f"and not ({stated}.below and {stated}.upper = {value}))"
    )
