"""IDMC Internal Displacement Updates: one row a number of people who were displaced, several of them to an event.

Columns after the documentation of the IDU API. Layouts differ in whether they have `link` or `source_url`, and in `role`, which says whether
a number is the one IDMC recommends or one it compares that with; like all that has no field of ours, the role stays with the claim.
"""

from .expressions import Coded, Concat, Constant, Digest, FirstKnown, IfKnown, Matched, Remainder, column, concat
from .format import FileFormat, RecordMapping

FIGURE = column("figure")
QUALIFIERS = {
    "total": "exact", "approximately": "approximately", "more than": "more_than", "more than or equal": "more_than",
    "less than": "less_than", "less than or equal": "less_than",
}  # fmt: skip
QUALIFIER = FirstKnown((column("qualifier"), Constant("total")))
EVENT_OWN = Digest("idmc-event-", tuple(column(one) for one in ("event_name", "event_start_date", "event_end_date", "iso3")))
# What has no event's name cannot be told to be of one event with another.
EVENT = FirstKnown((IfKnown(EVENT_OWN, column("event_name")), concat("idmc-event-of-", column("id"))))
PLACE = IfKnown(
    Digest("idmc-place-", tuple(column(one) for one in ("latitude", "longitude", "iso3", "locations_name"))), column("latitude")
)
LINK = column("link", "source_url")
REPORT = Digest("idmc-report-", (LINK,))


def _bound(*codes: str) -> IfKnown:
    """The number, where it is qualified by one of these."""
    return IfKnown(FIGURE, Coded(QUALIFIER, {theirs: ours for theirs, ours in QUALIFIERS.items() if ours in codes}))


IDMC_IDU = FileFormat(
    "idmc-idu", "IDMC Internal Displacement Updates",
    "One row a number of displaced people: its qualifier, its period, its place, the report it is taken from, and the event it belongs to.",
    needs=tuple(column(*one) for one in (
        ("id",), ("iso3",), ("displacement_type",), ("qualifier",), ("figure",), ("displacement_start_date",), ("displacement_end_date",), ("event_name",),
    )),
    entry=concat("id ", column("id")),
    records=(
        RecordMapping("figure", concat("idmc-idu-", column("id")), {
            "event": EVENT, "measure": Constant("displaced"), "population": Constant("all"), "location": PLACE,
            "low": _bound("more_than"), "best": _bound("exact", "approximately"), "high": _bound("less_than"),
            "quantifier": Coded(QUALIFIER, QUALIFIERS), "unit": Constant("people"), "basis": Constant("flow"),
            "period_start": column("displacement_start_date"), "period_end": column("displacement_end_date"),
            "quoted_from": REPORT, "original": Remainder(),
        }),
        RecordMapping("event", EVENT, {
            "name": FirstKnown((column("event_name"), Concat((Constant("Displacement"), column("country")), ", ", lenient=True))),
            "kind": Coded(column("displacement_type"), {
                "Conflict": "displacement", "Disaster": "disaster", "Development": "displacement", "Other": "displacement",
            }),
            "started_on": column("event_start_date"), "ended_on": column("event_end_date"), "country": column("iso3"),
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
    default_source="idmc-idu",
)  # fmt: skip
