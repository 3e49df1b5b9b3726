"""UCDP Georeferenced Event Dataset: one row per event of organised violence, with its two sides and their deaths.

Columns follow the codebook of UCDP GED. Layouts have 41 to 49 columns: later versions added some, and renamed identifiers
(`conflict_new_id` is now `conflict_id`). Monthly candidate releases have the same columns, but some lack the header.
"""

from __future__ import annotations

from ..codelists.gleditsch_ward import STATES
from .cross_checks import POINT, SPAN, CellOf, PointOf, Same, SumOf, YearOf, country_named_by_ucdp
from .expressions import (  # fmt: skip
    Coded,
    Constant,
    Expression,
    FirstKnown,
    Identifier,
    IfKnown,
    Item,
    ItemIds,
    Items,
    Lookup,
    Matched,
    OnlyIf,
    Remainder,
    ShortestNumber,
    column,
    concat,
    digest,
    first,
)
from .format import FileFormat, RecordMapping, Releases
from .spellings import NULL_WORDS, Spellings

ID = concat("ucdp-ged-", Identifier(column("id"), example="900001"))
TYPE = column("type_of_violence")
STATE = column("country_id")
STATE_ID = Identifier(STATE, "[0-9]{1,4}", "652")
NAMED_COUNTRY = country_named_by_ucdp(column("country"), column("date_start"))
# A row without the number of its country has the country of its name.
COUNTRY = first(Lookup("gleditsch_ward", STATES, STATE, column("date_start")), OnlyIf(NAMED_COUNTRY, STATE, (None,)))
# A country that got another code, as Serbia after Yugoslavia, is another record.
COUNTRY_ID = IfKnown(concat(concat("ucdp-country-", STATE_ID), COUNTRY, by="-", lenient=True), STATE)
NAMES = tuple(column(name) for name in ("where_coordinates", "adm_2", "adm_1", "country"))
PLACE = digest("ucdp-place-", *NAMES, STATE, *(ShortestNumber(column(degrees)) for degrees in ("latitude", "longitude")), COUNTRY)

# Since version 5, each article is "office,date,headline" between quotation marks. Older rows have prose, with quotation marks of its own.
HEAD = r'(?:[^"]|"[^;])+?,[0-9]{4}-[0-9]{2}-[0-9]{2},'
ARTICLES = Items(column("source_article"), r'"\s*;\s*"', within=rf'(?s)^"({HEAD}.*?)"?[;\s]*$', begins=HEAD)
ARTICLE = digest("ucdp-article-", Item())
OFFICE, DATE, HEADLINE = (
    Matched(Item(), rf"^(?s:{pattern})$")
    for pattern in (r"([^\n]+?),\d{4}-\d{2}-\d{2},.+", r"[^\n]+?,(\d{4}-\d{2}-\d{2}),.+", r"[^\n]+?,\d{4}-\d{2}-\d{2},(.+)")
)
# The dataset credits no article for any of its values: it lists those that were consulted for the event.
CONSULTED = ItemIds(ARTICLES, ARTICLE)
# The codebook divides the deaths of an event among its sides, civilians and people of unknown identity.
BY_SIDE = {"disaggregation": Constant("ucdp-deaths")}
DEATHS = {"low": column("low", "low_est"), "best": column("best", "best_est"), "high": column("high", "high_est")}
LATITUDE, LONGITUDE = column("latitude"), column("longitude")
OF_COUNTRY = ("event.country", "location.country", "location.part_of")
COUNTRIES = (Same(OF_COUNTRY, COUNTRY, Matched(column("iso3"), "^([A-Za-z]{3})$")), Same(OF_COUNTRY, COUNTRY, NAMED_COUNTRY))
AGREEMENTS = (
    YearOf(SPAN, column("year"), column("date_start"), column("date_end")),
    PointOf(POINT, column("geom_wkt"), LATITUDE, LONGITUDE), PointOf(POINT, column("geometry"), LATITUDE, LONGITUDE),
    CellOf(POINT, column("priogrid_gid"), LATITUDE, LONGITUDE),
    *COUNTRIES,
    SumOf((), DEATHS["best"], tuple(column(f"deaths_{of}") for of in ("a", "b", "civilians", "unknown"))),
)  # fmt: skip

# The layout of releases without a header, such as the candidate events 24.0.1.
LAYOUT = """
id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name dyad_dset_id dyad_new_id dyad_name
side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources source_article source_office source_date
source_headline source_original where_prec where_coordinates where_description adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country
country_id region event_clarity date_prec date_start date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob
"""
COLUMNS = tuple(LAYOUT.split())
COUNT, DAY, DEGREES = r"\d+", r"\d{4}-\d{2}-\d{2}([T ][0-9:.]+)?", r"-?\d{1,3}(\.\d+)?"
SHAPES = {
    "id": COUNT, "year": r"\d{4}", "type_of_violence": "[123]", "where_prec": "[1-7]", "event_clarity": "[12]", "date_prec": "[1-5]",
    "latitude": DEGREES, "longitude": DEGREES, "geom_wkt": rf"POINT ?\({DEGREES} {DEGREES}\)", "country_id": r"\d{1,3}", "priogrid_gid": COUNT,
    "date_start": DAY, "date_end": DAY, "best": COUNT, "high": COUNT, "low": COUNT,
    **dict.fromkeys(("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"), r"\d*"),
}  # fmt: skip


def _side(letter: str, role: Expression) -> tuple[RecordMapping, ...]:
    number, name = column(f"side_{letter}_new_id", f"side_{letter}_id"), column(f"side_{letter}")
    actor = concat("ucdp-actor-", Identifier(number, example="118"))
    # What these columns reveal about the kind of an actor: civilians are actor 1, and states are called governments.
    kind = first(
        Matched(concat(concat(number, name, by=" "), Constant("|civilians")), r"^1 Civilians\|(civilians)$"),
        Coded(Matched(name, "^(Government of) "), {"Government of": "state_forces"}),
        Constant("unknown"),
    )
    return (
        RecordMapping("actor", actor, {"name": name, "kind": kind, "ucdp_id": number}, shared=True, when=number),
        RecordMapping(
            "participation", concat(ID, f"-side-{letter}"), {"event": ID, "actor": actor, "role": role}, when=number,
        ),
        _killed(f"-side-{letter}", "combatants", {"best": column(f"deaths_{letter}"), "actor": actor, **BY_SIDE}),
    )  # fmt: skip


def _killed(ending: str, population: str, values: dict[str, Expression]) -> RecordMapping:
    fields = {
        "event": ID, "measure": Constant("killed"), "population": Constant(population), **values, "unit": Constant("people"),
        "basis": Constant("flow"), "period_start": column("date_start"), "period_end": column("date_end"),
    }  # fmt: skip
    return RecordMapping("figure", concat(ID, ending), fields, when=first(*(value for name, value in values.items() if name in DEATHS)))


UCDP_GED = FileFormat(
    "ucdp-ged", "UCDP Georeferenced Event Dataset",
    "One row per event, in layouts of 41 to 49 columns: its place, its sides, and the deaths of each side, of civilians, of unknown people, and in total.",
    needs=tuple(column(*names) for names in (
        ("id",), ("type_of_violence",), ("where_prec",), ("where_coordinates",), ("date_prec",), ("event_clarity",), ("deaths_a",), ("deaths_b",),
        ("deaths_civilians",), ("deaths_unknown",), ("side_a_new_id", "side_a_id"), ("best", "best_est"),
        ("date_start",), ("date_end",), ("country_id", "country"),
    )),
    entry=concat("id ", column("id")),
    layouts=(COLUMNS,), optional=("where_description",),
    shapes=SHAPES,
    records=(
        RecordMapping("event", ID, {
            "name": FirstKnown((column("dyad_name"), column("conflict_name"))),
            "kind": Coded(TYPE, {"1": "battle", "2": "battle", "3": "attack_on_civilians"}),
            "violence": Coded(TYPE, {"1": "state_based", "2": "non_state", "3": "one_sided"}),
            "started_on": column("date_start"), "ended_on": column("date_end"), "date_precision": column("date_prec"), "country": COUNTRY,
            "location": PLACE, "place_precision": column("where_prec"), "place_note": column("where_description"),
            "clarity": column("event_clarity"), "ucdp_id": column("id"), "consulted": CONSULTED, "original": Remainder(),
        }),
        RecordMapping("source", ARTICLE, {
            "title": FirstKnown((HEADLINE, Item())), "kind": Constant("article"), "publisher": OFFICE, "published_on": DATE,
        }, each=ARTICLES, shared=True),
        RecordMapping("location", COUNTRY_ID, {
            "name": FirstKnown((column("country"), STATE)), "kind": Constant("country"), "country": COUNTRY, "gleditsch_ward": STATE,
        }, shared=True, when=STATE, agreed=COUNTRIES),
        RecordMapping("location", PLACE, {
            "name": FirstKnown(NAMES), "kind": Constant("area"), "country": COUNTRY, "part_of": COUNTRY_ID,
            "latitude": column("latitude"), "longitude": column("longitude"), "original": Remainder((*NAMES, STATE)),
        }, shared=True, when=PLACE),
        *_side("a", Constant("side_a")), *_side("b", Coded(TYPE, {"1": "side_b", "2": "side_b", "3": "target"})),
        _killed("-civilians", "civilians", {"best": column("deaths_civilians"), **BY_SIDE}),
        _killed("-unknown", "unknown", {"best": column("deaths_unknown"), **BY_SIDE}),
        _killed("-total", "all", {**DEATHS}),
    ),
    sentinels={"number_of_sources": ("-1",)},
    # UCDP's datasets of a country's or a dyad's year write -99 and -999 for a number that is missing.
    spellings=Spellings(NULL_WORDS, sentinels=("-99", "-999", "-9999"), epoch_dates=True),
    agreements=AGREEMENTS,
    source={
        "kind": "dataset", "publisher": "Uppsala Conflict Data Program", "url": "https://ucdp.uu.se/downloads/", "license": "CC-BY-4.0",
        "attribution": "Uppsala Conflict Data Program, UCDP Georeferenced Event Dataset",
    },
    releases=Releases(name=r"GEDEvent_v(\d+)_(\d+)(?:_(\d+))?", source="ucdp-ged", example="ucdp-ged-19-1"),
)  # fmt: skip
