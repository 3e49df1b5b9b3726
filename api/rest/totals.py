"""The parameters of totals as a query node."""

from __future__ import annotations

from typing import Any, ClassVar

from schema.codelists.vocabularies import suggestion
from schema.model.totals import ALWAYS_KEYS, COUNT_COLUMNS, SPAN_SENTENCES, TOTALS_COLUMN, TOTALS_KEY
from schema.model.words import WORDS

from ..errors import BadArgument, shown
from ..query.bindings import specialise
from ..query.nodes import (
    At,
    LeftOut,
    Node,
    TotalsNode,
    TotalsRecord,
    TotalsRows,
    TotalsRule,
    TotalsValue,
)
from ..query.totals import record_kinds, span
from ..words.answer_sentences import totals_words
from .parameters import AS_OF, EXPLAIN, RECORD_PARAMETERS, ParameterReader, Parameters, read_language, requested_at
from .selections import short_record

TOTALS_PARAMETERS = {
    "by": "The keys to group by, separated by commas. Every row is of one measure, one unit and one basis.",
    **SPAN_SENTENCES,
    **{name: RECORD_PARAMETERS[name] for name in (*AS_OF, WORDS, EXPLAIN)},
}
REASON = "reason"


class TotalsReader(ParameterReader):
    """Reads the parameters of requests for totals of one kind."""

    parameters: ClassVar[dict[str, str]] = TOTALS_PARAMETERS

    def totals(self, params: Parameters) -> tuple[TotalsNode, At]:
        """The totals that a request asks for, and as of when. Raises BadArgument and UnknownArgument."""
        split = self._split(params, TOTALS_PARAMETERS)
        keys = [_key(name.strip()) for name in specialise(split.declared.get("by", "")).split(",") if name.strip()]
        since, until = span(split.declared.get("since"), split.declared.get("until"))
        node = TotalsNode(
            "totals", self.kind, self._parts(keys, split.declared.get(WORDS)), tuple(dict.fromkeys(keys)), self._where(split), since, until
        )
        return node, requested_at(split.declared)

    def _parts(self, by: list[str], language: Any) -> tuple[Node, ...]:
        """The members of the response. A key that the rows are not grouped by is absent, so that null means unknown."""
        kinds = record_kinds(self.kinds, self.kind)
        names = [*(key for key in TOTALS_KEY.codes if key in (*by, *ALWAYS_KEYS)), *TOTALS_COLUMN.codes]
        row: list[Node] = [
            TotalsRecord(name, name, kinds[name], short_record(kinds[name])) if name in kinds else TotalsValue(name, name) for name in names
        ]
        if language is not None:
            row.append(totals_words(self.kinds, self.kind, WORDS, read_language(language), by))
        left_out = (TotalsValue(REASON, REASON), TotalsValue(COUNT_COLUMNS[0], COUNT_COLUMNS[0]))
        return (TotalsRule("rule"), TotalsRows("data", tuple(row)), LeftOut("left_out", left_out))


def _key(name: str) -> str:
    if name not in TOTALS_KEY.codes:
        raise BadArgument(f"by: totals cannot be grouped by {shown(name)!r}; {suggestion(name, TOTALS_KEY.codes)}")
    return name
