"""Fatalities of the United Nations' peace operations since 1948, as UN DPPA-DPOS publishes them: one row per person who died.

A person may have two rows, one with the nationality of a state and one with that of its successor. They share `casualty_id`, and become
two claims about one death. A nationality is not a place: the rows do not say where a person died.
"""

from .expressions import Coded, Concat, Constant, Digest, FirstKnown, Matched, Remainder, column, concat
from .format import FileFormat, RecordMapping
from .spellings import NULL_WORDS, Spellings

CASUALTY, MISSION, DAY = column("casualty_id"), column("mission_acronym"), column("incident_date")
ID = FirstKnown((concat("dppa-", Matched(CASUALTY, r"^([A-Za-z0-9._-]*[A-Za-z0-9])$")), Digest("dppa-", (CASUALTY,))))
ACTOR = concat("un-mission-", MISSION)
# All become `peacekeepers`; `original` keeps the type of personnel.
PERSONNEL = ("Military", "Military Observer", "Police", "International Civilian", "Local", "Other")
INCIDENTS = ("Malicious Act", "Accident", "Illness", "Self-Inflicted", "To Be Determined", "Unknown")

DPPA_FATALITIES = FileFormat(
    "dppa-fatalities", "UN DPPA-DPOS fatalities of peace operations",
    "One row per member of a United Nations peace operation who died: the day, the mission, and the types of personnel and incident.",
    needs=tuple(column(name) for name in (
        "casualty_id", "incident_date", "mission_acronym", "type_of_casualty", "casualty_personnel_type", "type_of_incident",
    )),
    entry=FirstKnown((concat("id ", column("id")), concat("casualty ", CASUALTY))),
    records=(
        RecordMapping("event", ID, {
            "name": Concat((column("type_of_casualty"), column("type_of_incident"), MISSION, DAY), ", ", lenient=True),
            "kind": Coded(column("type_of_incident"), dict.fromkeys(INCIDENTS, "other")),
            "started_on": DAY, "ended_on": DAY, "original": Remainder(),
        }, shared=True),
        RecordMapping("figure", concat(ID, "-killed"), {
            "event": ID, "measure": Coded(column("type_of_casualty"), {"Fatality": "killed"}),
            "population": Coded(column("casualty_personnel_type"), dict.fromkeys(PERSONNEL, "peacekeepers")),
            "actor": ACTOR, "best": Constant("1"), "quantifier": Constant("exact"), "unit": Constant("people"), "basis": Constant("flow"),
            "period_start": DAY, "period_end": DAY,
        }, shared=True),
        RecordMapping("actor", ACTOR, {"name": MISSION, "kind": Constant("international_organisation")}, shared=True, when=MISSION),
    ),
    source={
        "kind": "dataset", "publisher": "United Nations, DPPA-DPO", "url": "https://psdata.un.org/dataset/DPPADPOSS-FATALITIES",
        "license": "CC-BY-3.0-IGO", "attribution": "United Nations DPPA-DPO, Fatalities of peace operations",
    },
    default_source="dppa-fatalities", spellings=Spellings(NULL_WORDS, epoch_dates=True),
)  # fmt: skip
