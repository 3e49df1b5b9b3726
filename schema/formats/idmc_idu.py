"""IDMC Internal Displacement Updates: one row per number of displaced people; an event may have several.

Columns follow the documentation of the IDU API. Layouts differ in two ways: the address of the report is `link` or `source_url`, and some
have `role`, which says whether IDMC recommends the number or uses it for comparison. No field of ours holds the role; it stays with the claim.
"""

from .cross_checks import POINT, PointOf, Same, YearOf, country_named
from .expressions import Coded, Concat, Constant, Digest, FirstKnown, Identifier, IfKnown, LocalMidnight, Matched, Remainder, column, concat
from .format import FileFormat, RecordMapping
from .spellings import NULL_WORDS, Spellings

FIGURE = column("figure")
ID = Identifier(column("id"), example="126716")
QUALIFIERS = {
    "total": "exact", "approximately": "approximately", "more than": "more_than", "more than or equal": "at_least",
    "less than": "less_than", "less than or equal": "at_most",
}  # fmt: skip
QUALIFIER = FirstKnown((column("qualifier"), Constant("total")))
# Midnight in New Zealand, in summer and in winter: the texts of the rows state the day that then begins.
START, END, EVENT_START, EVENT_END = (
    LocalMidnight(column(name), ("11:00", "12:00"))
    for name in ("displacement_start_date", "displacement_end_date", "event_start_date", "event_end_date")
)
NAMED_EVENT = Digest("idmc-event-", tuple(column(name) for name in ("event_name", "event_start_date", "event_end_date", "iso3")))
# Without the name of an event, nothing says that two rows belong to the same one.
EVENT = FirstKnown((IfKnown(NAMED_EVENT, column("event_name")), concat("idmc-event-of-", ID)))
PLACE = IfKnown(
    Digest("idmc-place-", tuple(column(name) for name in ("latitude", "longitude", "iso3", "locations_name"))), column("latitude")
)
LINK = column("link", "source_url")
REPORT = Digest("idmc-report-", (LINK,))


def _bound(*codes: str) -> IfKnown:
    """The number, if its qualifier is one of these."""
    return IfKnown(FIGURE, Coded(QUALIFIER, {theirs: ours for theirs, ours in QUALIFIERS.items() if ours in codes}))


IDMC_IDU = FileFormat(
    "idmc-idu", "IDMC Internal Displacement Updates",
    "One row per number of displaced people: its qualifier, its period, its place, its report, and its event.",
    needs=tuple(column(*names) for names in (
        ("id",), ("iso3",), ("displacement_type",), ("qualifier",), ("figure",), ("displacement_start_date",), ("displacement_end_date",), ("event_name",),
    )),
    entry=concat("id ", column("id")),
    records=(
        RecordMapping("figure", concat("idmc-idu-", ID), {
            "event": EVENT, "measure": Constant("displaced"), "population": Constant("all"), "location": PLACE,
            "low": _bound("more_than", "at_least"), "best": _bound("exact", "approximately"), "high": _bound("less_than", "at_most"),
            "quantifier": Coded(QUALIFIER, QUALIFIERS), "unit": Constant("people"), "basis": Constant("flow"),
            "period_start": START, "period_end": END,
            "quoted_from": REPORT, "original": Remainder(),
        }),
        RecordMapping("event", EVENT, {
            "name": FirstKnown((column("event_name"), Concat((Constant("Displacement"), column("country")), ", ", lenient=True))),
            "kind": Coded(column("displacement_type"), {
                "Conflict": "displacement", "Disaster": "disaster", "Development": "displacement", "Other": "displacement",
            }),
            "started_on": EVENT_START, "ended_on": EVENT_END, "country": column("iso3"),
        }, shared=True),
        RecordMapping("location", PLACE, {
            "name": FirstKnown((column("locations_name"), Concat((Constant("Centroid"), column("country")), ", ", lenient=True))),
            "kind": Constant("area"), "country": column("iso3"), "latitude": column("latitude"), "longitude": column("longitude"),
        }, shared=True, when=PLACE),
        RecordMapping("source", REPORT, {
            "title": FirstKnown((column("sources"), LINK)), "kind": Constant("report"), "url": Matched(LINK, r"^(https?://\S+)$"),
        }, shared=True, when=REPORT),
    ),
    source={
        "kind": "dataset", "publisher": "Internal Displacement Monitoring Centre", "url": "https://www.internal-displacement.org/database/",
        "license": "CC-BY-3.0-IGO", "attribution": "Internal Displacement Monitoring Centre, Internal Displacement Updates",
    },
    agreements=(
        YearOf(("figure.period_start", "figure.period_end"), column("year"), START, END),
        PointOf(POINT, column("centroid"), column("latitude"), column("longitude")),
        Same(("event.country", "location.country"), column("iso3"), country_named(column("country"))),
    ),
    default_source="idmc-idu", spellings=Spellings(NULL_WORDS, epoch_dates=True),
)  # fmt: skip
