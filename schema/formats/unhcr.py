"""UNHCR's situations, which are recognized in order to be refused with the right reason."""

from .expressions import column
from .format import FileFormat

REASON = (
    "counts refugees and asylum-seekers by country of asylum and of origin, without events. Figures belong to events, and the measure "
    "`displaced` cannot distinguish refugees from asylum-seekers, nor either of them from people displaced within a country"
)

UNHCR_SITUATIONS = FileFormat(
    "unhcr-situations", "UNHCR situations", "Recognized but rejected: stocks of refugees by country of asylum and of origin belong to no event.",
    needs=tuple(column(name) for name in ("ISO3", "Country of Origin", "ISO3 of Origin", "Population type", "Individuals")),
    records=(), refusal=lambda columns: REASON,
)  # fmt: skip
