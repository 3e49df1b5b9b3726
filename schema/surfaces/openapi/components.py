"""All components, in the order of the document."""

from __future__ import annotations

from ...model.kinds import Kinds
from .checks import add_checks
from .parts import Schema
from .provenance import add_cited_source, add_claim, add_claim_answer, add_provenance
from .records import add_envelopes, add_features, add_record
from .registry import Components
from .revisions import add_revisions, add_withheld
from .search import add_search
from .totals import add_totals


def components(kinds: Kinds) -> dict[str, Schema]:
    """The components of all responses by name, in JSON Schema 2020-12. References point to `#/components/schemas/`."""
    registry = Components(kinds)
    for kind in kinds.values():
        add_record(registry, kind)
        add_envelopes(registry, kind)
        if kind.point:
            add_features(registry, kind)
    add_claim(registry)
    add_cited_source(registry)
    add_claim_answer(registry)
    for kind in kinds.values():
        add_provenance(registry, kind)
    for kind in kinds.summed:
        add_totals(registry, kind)
        add_checks(registry, kind)
    if kinds.searchable:
        add_search(registry, kinds)
    add_revisions(registry)
    add_withheld(registry)
    return registry.by_name
