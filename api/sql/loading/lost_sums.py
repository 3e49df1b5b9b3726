"""Which stored sums a migration has deleted, to be stored again for every revision. Text; no I/O."""

from __future__ import annotations

from schema.model.kind import Kind
from schema.model.totals import TOTALS_RULE

from ..text import quote_literal


def lacks_sums(kind: Kind) -> str:
    """Whether there are records and no stored sums, although the newest revision is under the rule that reads them: a migration has deleted them."""
    under_rule = f"(select totals_rule from revision order by id desc limit 1) = {quote_literal(TOTALS_RULE)}"
    return f"select exists (select from {kind.name}) and not exists (select from {kind.name}_sum) and coalesce({under_rule}, false)"


def affect_all(kind: Kind) -> str:
    """Create the table `affected_…` of all records, live and removed."""
    return f"create temp table affected_{kind.name} on commit drop as select key from {kind.name} union select key from {kind.name}_history"
