"""UCDP Georeferenced Event Dataset: one row an event of organised violence, with its two sides and the dead among them.

Columns after the codebook of UCDP GED; layouts of 41 to 49 columns differ in names of identifiers (`conflict_id` was `conflict_new_id`) and in
what later versions added.
"""

from __future__ import annotations

from .format import Coded, Constant, First, Format, Ids, Item, Items, Matched, Record, Rest, column, digest, joined

ID = joined("ucdp-ged-", column("id"))
VIOLENCE = {"1": "state_based", "2": "non_state", "3": "one_sided"}

PLACE = digest(
    "ucdp-place-", *(column(one) for one in ("where_coordinates", "adm_1", "adm_2", "latitude", "longitude", "country_id", "country"))
)
# From version 5 on each article is "office,date,headline" between quotation marks; older rows hold prose.
ARTICLES = Items(column("source_article"), '"; *"', '"')
ARTICLE = digest("ucdp-article-", Item())
OFFICE, DATE, HEADLINE = (
    Matched(Item(), rf"(?s)^{one}")
    for one in (r"([^,]+),\d{4}-\d{2}-\d{2},", r"[^,]+,(\d{4}-\d{2}-\d{2}),", r"[^,]+,\d{4}-\d{2}-\d{2},(.+)$")
)
QUOTED = Ids(ARTICLES, ARTICLE)


def _side(letter: str) -> tuple[Record, ...]:
    number = column(f"side_{letter}_new_id", f"side_{letter}_id")
    actor = joined("ucdp-actor-", number)
    return (
        Record("actor", actor, {"name": column(f"side_{letter}"), "kind": Constant("unknown"), "ucdp_id": number}, shared=True, when=number),
        Record(
            "participation", joined(ID, f"-side-{letter}"),
            {"event": ID, "actor": actor, "role": Constant(f"side_{letter}"), "quoted_from": QUOTED}, when=number,
        ),
        _killed(f"-side-{letter}", "combatants", {"best": column(f"deaths_{letter}"), "actor": actor}),
    )  # fmt: skip


def _killed(ending: str, population: str, values: dict[str, object]) -> Record:
    fields = {
        "event": ID, "measure": Constant("killed"), "population": Constant(population), **values, "unit": Constant("people"),
        "basis": Constant("flow"), "period_start": column("date_start"), "period_end": column("date_end"), "quoted_from": QUOTED,
    }  # fmt: skip
    return Record("figure", joined(ID, ending), fields, when=values["best"])  # type: ignore[arg-type]


UCDP_GED = Format(
    "ucdp-ged", "UCDP Georeferenced Event Dataset",
    "One row an event, every layout from 41 to 49 columns: its place, its sides, and the dead of each side, civilians, unknown and in all.",
    needs=tuple(column(*one) for one in (
        ("id",), ("type_of_violence",), ("where_prec",), ("where_coordinates",), ("date_prec",), ("event_clarity",), ("deaths_a",), ("deaths_b",),
        ("deaths_civilians",), ("deaths_unknown",), ("side_a_new_id", "side_a_id"), ("best", "best_est"),
    )),
    entry=joined("id ", column("id")),
    records=(
        Record("event", ID, {
            "name": First((column("dyad_name"), column("conflict_name"))), "kind": Coded(column("type_of_violence"), {"1": "battle", "2": "battle", "3": "attack_on_civilians"}),
            "violence": Coded(column("type_of_violence"), VIOLENCE),
            "started_on": column("date_start"), "ended_on": column("date_end"), "date_precision": column("date_prec"),
            "location": PLACE, "place_precision": column("where_prec"), "place_note": column("where_description"),
            "clarity": column("event_clarity"), "ucdp_id": column("id"), "quoted_from": QUOTED, "original": Rest(),
        }),
        Record("source", ARTICLE, {
            "title": First((HEADLINE, Item())), "kind": Constant("article"), "publisher": OFFICE, "published_on": DATE,
        }, each=ARTICLES, shared=True),
        Record("location", PLACE, {
            "name": First((column("where_coordinates"), column("adm_2"), column("adm_1"), column("country"))), "kind": Constant("area"),
            "latitude": column("latitude"), "longitude": column("longitude"),
        }, shared=True),
        *_side("a"), *_side("b"),
        _killed("-civilians", "civilians", {"best": column("deaths_civilians")}),
        _killed("-unknown", "unknown", {"best": column("deaths_unknown")}),
        _killed("-total", "all", {"low": column("low", "low_est"), "best": column("best", "best_est"), "high": column("high", "high_est")}),
    ),
    sentinels={"number_of_sources": ("-1",)},
    source={
        "kind": "dataset", "publisher": "Uppsala Conflict Data Program", "url": "https://ucdp.uu.se/downloads/", "license": "CC-BY-4.0",
        "attribution": "Uppsala Conflict Data Program, UCDP Georeferenced Event Dataset",
    },
    default_source="ucdp-ged",
)  # fmt: skip
