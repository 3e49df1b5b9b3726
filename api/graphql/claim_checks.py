"""Translates the selection of a `checkClaim` field."""

from __future__ import annotations

from ..query.claim_checks import check
from ..query.nodes import Check, CheckTotals
from .totals import totals_parts
from .translate import SelectedField, Translator


def check_node(translator: Translator, selected: SelectedField) -> Check:
    """The check that a field selects. Raises BadArgument."""
    kind = selected.member.kind
    assert kind is not None
    return check(translator.surface.kinds, kind, selected.key, selected.arguments, translator.selection(selected))


def check_totals(translator: Translator, selected: SelectedField) -> CheckTotals:
    """What is selected of the total that the sentence is compared with, which is not grouped."""
    return CheckTotals(selected.key, totals_parts(translator, selected, []))
