"""How the total of a country relates to the number of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from schema.model.kind import Kind

from .check_numbers import contradicts, says
from .check_scope import SentenceSql

ROW = "t(unit text, basis text, low numeric, best numeric, high numeric)"


def judged_totals(kind: Kind, quantifier: str | None, sentence: SentenceSql, places: Sequence[str]) -> str:
    """The place in `places` of the verdict that a total leads to, of the step `total_`: none, or one for each row in the unit of the sentence.

    A total is that of the events which are recorded, and there may be others: its lower bound holds for the country, and neither its estimate nor its
    upper bound does. Numbers of a period, of a day and running totals are never added; if there are several, none is the number of the country.
    """
    value = sentence.value
    rows = (
        "select t.*, count(*) over () as several from total_ "
        f"cross join lateral jsonb_to_recordset(document -> 'rows') as {ROW} where t.unit = {sentence.unit}"
    )
    stated = "select t.low as lower, false as above, null::numeric as upper, false as below, null::numeric as estimate"
    bounds = "select t.low as lower, false as above, t.high as upper, false as below"
    said, contradicted = says(kind, quantifier, value, "n"), contradicts(kind, quantifier, value, "b")
    number = f"({value} in (t.low, t.best, t.high) and not coalesce({contradicted}, false))"
    cases = [
        (f"t.several > 1 and ({said} or {number})", "counted_otherwise"),
        ("t.several > 1", None),
        (said, "supported"),
        (number, "qualified"),
        (f"t.low < {value} and {value} < t.high", "in_range"),
    ]
    whens = " ".join(f"when {condition} then {'null' if code is None else places.index(code)}" for condition, code in cases)
    return f"select case {whens} end as place from ({rows}) t cross join lateral ({stated}) n cross join lateral ({bounds}) b"
