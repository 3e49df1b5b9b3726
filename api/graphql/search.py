"""Translates a search across kinds, whose records are of a union of types."""

from __future__ import annotations

from ..query.nodes import FoundRecord, FoundRecords, Search
from ..query.search import page_size, sought
from .translate import SelectedField, Translator


def search(translator: Translator, selected: SelectedField) -> Search:
    """The records that a text finds. Raises BadArgument or TooMuch."""
    kinds, values = translator.surface.kinds, selected.arguments
    parts = translator.selection(selected)
    return Search(selected.key, kinds.searchable, sought(kinds, values["text"]), parts, page_size(values.get("first"), "first"))


def records(translator: Translator, selected: SelectedField) -> FoundRecords:
    """What is selected of the records of each kind."""
    return FoundRecords(
        selected.key,
        tuple(FoundRecord("", kind, translator.selection_of(selected, kind.graphql)) for kind in translator.surface.kinds.searchable),
    )
