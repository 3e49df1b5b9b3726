"""UNHCR's situations: known, so that a file of them is refused with the right reason; nothing of theirs is a fact of ours."""

from .expressions import column
from .format import FileFormat

REASON = (
    "counts refugees and asylum-seekers by country of asylum and of origin. A figure of ours is of an event, and the file tells of none; "
    "and as `displaced` the one and the other, which are counted apart, could not be told from each other, nor from the displaced within a country"
)

UNHCR_SITUATIONS = FileFormat(
    "unhcr-situations", "UNHCR situations", "Known, and refused: stocks of refugees by country of asylum and origin are of no event.",
    needs=tuple(column(one) for one in ("ISO3", "Country of Origin", "ISO3 of Origin", "Population type", "Individuals")),
    records=(), refusal=lambda columns: REASON,
)  # fmt: skip
