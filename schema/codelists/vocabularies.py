"""Vocabularies: closed lists of codes, each with its label and definition, and the origin of the list. One module, because it is one list of short entries."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pycountry

FEW_CODES = 40  # Fewer codes than this are all listed where one is wrong.


def suggestion(word: str, words: Iterable[str]) -> str:
    """A hint at the end of an error message: the accepted words nearest to a wrong one, or all of them if they are few."""
    accepted = list(words)
    close = nearest(word, accepted)
    if not close and len(accepted) > 20:
        return f"there are {len(accepted)}, listed in the data dictionary"
    return ("did you mean " if close else "use one of ") + ", ".join(close or accepted)


def nearest(word: str, words: Iterable[str]) -> list[str]:
    """At most three words that are similar to a wrong one, the most similar first; regardless of case."""
    folded = {candidate.lower(): candidate for candidate in words}
    return [folded[match] for match in difflib.get_close_matches(word.lower(), folded, n=3, cutoff=0.6)]


def suggested_codes(word: str, codes: Iterable[str], meant: Sequence[str] = ()) -> str:
    """A hint at the end of an error message about a wrong code: the codes that are meant, or else the nearest, and all of them if they are fewer than 40."""
    accepted = list(codes)
    close = [*meant] or nearest(word, accepted)
    if not meant and (len(accepted) >= FEW_CODES or set(close) == set(accepted)):
        return suggestion(word, accepted)
    if len(accepted) >= FEW_CODES:
        return f"did you mean {', '.join(close)}"
    listed = f"the codes are {', '.join(accepted)}"
    return f"did you mean {', '.join(close)}? {listed[0].upper()}{listed[1:]}" if close else listed


@dataclass(frozen=True)
class Code:
    code: str
    label: str
    definition: str

    def sentence(self) -> str:
        """The label and the definition, or the definition alone if it repeats the label."""
        return self.definition if self.definition.startswith(self.label) else f"{self.label}. {self.definition}"


class Vocabulary:
    """A closed list of codes. `graphql` is the name of its enum; in GraphQL a code is written in upper case.

    `words`: other words for a code, by which a search finds it too, and by which an error message knows what is meant.
    """

    def __init__(
        self, name: str, description: str, origin: str, entries: Iterable[tuple[str, str, str]], words: Mapping[str, str] | None = None
    ) -> None:
        self.name, self.description, self.origin = name, description, origin
        self.codes = {code: Code(code, label, definition) for code, label, definition in entries}
        self.words = words or {}
        if unknown := self.words.keys() - self.codes.keys():
            raise ValueError(f"{name} has words for {', '.join(sorted(unknown))}, which are not among its codes")
        self.graphql = "".join(part.capitalize() for part in name.split("_"))

    def codes_with(self, word: str) -> list[str]:
        """The codes with a word that begins so in their name, their label or their other words, whatever its case."""
        sought = f" {word.casefold()}"
        return [code for code, text in self._searched.items() if sought in text]

    def suggested(self, word: str) -> str:
        """A hint at the end of an error message about a wrong code, which may be the label of a code or another word for it."""
        sought = word.replace("_", " ").casefold().strip()
        meant = [
            code
            for code, entry in self.codes.items()
            if sought == entry.label.casefold() or f" {sought} " in f" {self.words.get(code, '')} "
        ]
        return suggested_codes(word, self.codes, meant)

    @cached_property
    def _searched(self) -> dict[str, str]:
        """What a search looks in, by code."""
        return {
            code: f" {code.replace('_', ' ')} {entry.label} {self.words.get(code, '')}".casefold() for code, entry in self.codes.items()
        }

    @cached_property
    def by_any_case(self) -> dict[str, str]:
        """Each code by its lower case: codes are equal whatever their case."""
        return {code.lower(): code for code in self.codes}

    @cached_property
    def by_graphql_name(self) -> dict[str, str]:
        """The code behind each name of the GraphQL enum."""
        return {code.upper(): code for code in self.codes}


# fmt: off
SOURCE_KIND = Vocabulary("source_kind", "The type of document or channel.", "Conflict Facts; after the types of CSL and Dublin Core.", [
    ("article", "Article", "A news article, in print or online."),
    ("agency_report", "News agency report", "A dispatch of a news agency."),
    ("report", "Report", "A report of an organisation."),
    ("dataset", "Dataset", "A structured collection of data, with releases."),
    ("statement", "Statement", "A statement by an official, an office or a party in its own name."),
    ("post", "Post", "A message on a social network or channel."),
    ("video", "Video", "Moving pictures."),
    ("image", "Image", "A still picture, satellite imagery included."),
    ("book", "Book", "A book or a chapter of one."),
    ("gazetteer", "Gazetteer", "A list of places with their codes and coordinates."),
    ("testimony", "Testimony", "A witness's statement, made to those who recorded it."),
    ("other", "Other", "A source of another type, which its title names."),
])
RELIABILITY = Vocabulary("reliability", "How reliable a source is, regardless of what it says.", "NATO AJP-2.1, the Admiralty code.", [
    ("A", "Completely reliable", "No doubt of authenticity, trustworthiness or competency; a history of complete reliability."),
    ("B", "Usually reliable", "Minor doubt; a history of valid information most of the time."),
    ("C", "Fairly reliable", "Doubt, but it has given valid information in the past."),
    ("D", "Not usually reliable", "Significant doubt, but it has given valid information in the past."),
    ("E", "Unreliable", "Lacks authenticity, trustworthiness and competency; a history of invalid information."),
    ("F", "Cannot be judged", "No basis exists for evaluating the source."),
])
CREDIBILITY = Vocabulary("credibility", "How credible one statement is, regardless of its source.", "NATO AJP-2.1, the Admiralty code.", [
    ("1", "Confirmed", "Confirmed by other independent sources; logical in itself; consistent with what else is known."),
    ("2", "Probably true", "Not confirmed; logical in itself; consistent with what else is known."),
    ("3", "Possibly true", "Not confirmed; reasonably logical; agrees with some of what else is known."),
    ("4", "Doubtfully true", "Not confirmed; possible but not logical; nothing else is known."),
    ("5", "Improbable", "Not confirmed; not logical; contradicted by what else is known."),
    ("6", "Cannot be judged", "No basis exists for evaluating the statement."),
])
RANK = Vocabulary("rank", "How a claim ranks among claims about the same record, in the judgement of the maintainers of the collection.", "Wikidata, ranking of statements.", [
    ("preferred", "Preferred", "Chosen before every claim of normal rank; its note gives the reason."),
    ("normal", "Normal", "Chosen by the rule that settles facts."),
    ("deprecated", "Deprecated", "Known to be wrong or withdrawn: stored, shown on request, never chosen."),
])
ACTOR_KIND = Vocabulary("actor_kind", "The type of actor.", "Conflict Facts; after the actor types of ACLED and UCDP.", [
    ("state", "State", "A state as a political actor."),
    ("government", "Government", "The government of a state."),
    ("state_forces", "State forces", "Military, security and police forces of a state, acting on its own territory or for it."),
    ("external_forces", "External forces", "Forces of a state that act outside its own territory, and forces under an international mandate."),
    ("rebel_group", "Rebel group", "An organised armed group that fights a government."),
    ("political_militia", "Political militia", "An armed group that serves a political end without aiming to replace the government."),
    ("identity_militia", "Identity militia", "An armed group formed along community, ethnic, religious or regional lines."),
    ("coalition", "Coalition", "Several actors under one command or one name."),
    ("collective", "Collective", "Several actors that a source names as one without saying that they are organised as one."),
    ("international_organisation", "International organisation", "An organisation of states."),
    ("organisation", "Organisation", "An organisation that takes no part in the fighting: aid, monitoring, media."),
    ("person", "Person", "One person in public office or command."),
    ("civilians", "Civilians", "People who take no part in the fighting."),
    ("unknown", "Unknown", "The source does not name the actor."),
])
LOCATION_KIND = Vocabulary("location_kind", "The type of place.", "Conflict Facts; levels as in OCHA's common operational datasets.", [
    ("country", "Country", "A country or territory with a code of ISO 3166-1."),
    ("admin1", "First-level division", "An administrative division directly under the country."),
    ("admin2", "Second-level division", "An administrative division under the first level."),
    ("admin3", "Third-level division", "An administrative division under the second level."),
    ("settlement", "Settlement", "A city, town, village or camp."),
    ("site", "Site", "A building, a facility or a compound."),
    ("area", "Area", "A part of a place, or a region, that is not an administrative division."),
])
EVENT_KIND = Vocabulary("event_kind", "What happened, in neutral terms.", "Conflict Facts; after the event types of ACLED; disaster after IDMC.", [
    ("war", "War", "A conflict as a whole."),
    ("offensive", "Offensive", "A planned series of attacks to take territory."),
    ("battle", "Battle", "Fighting between armed groups."),
    ("entry", "Entry", "Forces enter a settlement or a part of it."),
    ("capture", "Capture", "Forces gain control of territory or of a settlement."),
    ("withdrawal", "Withdrawal", "Forces leave territory or a settlement."),
    ("air_strike", "Air strike", "Attack from the air."),
    ("air_support", "Air support", "Air forces fight in support of forces on the ground."),
    ("shelling", "Shelling", "Attack by artillery, mortars or rockets."),
    ("explosion", "Explosion", "An explosive device goes off."),
    ("attack_on_civilians", "Attack on civilians", "Armed force used directly against civilians."),
    ("protest", "Protest", "A public demonstration."),
    ("crackdown", "Crackdown", "State forces repress protest or dissent."),
    ("insurgency", "Insurgency", "Armed groups take up arms against a government."),
    ("intervention", "Intervention", "A state joins a conflict outside its territory."),
    ("arms_supply", "Arms supply", "Arms are delivered to a party to the conflict."),
    ("displacement", "Displacement", "People leave their homes."),
    ("disaster", "Disaster", "A flood, a storm, an earthquake, a drought or another hazard strikes (IDMC displacement_type)."),
    ("return", "Return", "Displaced people go back."),
    ("agreement", "Agreement", "Parties agree on a truce, an exchange or peace."),
    ("statement", "Statement", "A party says something in public that bears on the conflict."),
    ("other", "Other", "Something else, which the name of the event describes."),
])
VIOLENCE = Vocabulary("violence", "The type of organised violence.", "UCDP Codebook, type_of_violence.", [
    ("state_based", "State-based conflict (UCDP 1)", "Armed force between two parties of which at least one is the government of a state."),
    ("non_state", "Non-state conflict (UCDP 2)", "Armed force between two organised groups, neither of which is the government of a state."),
    ("one_sided", "One-sided violence (UCDP 3)", "Armed force used by a state or an organised group against civilians."),
])
DATE_PRECISION = Vocabulary("date_precision", "How precisely the date is known.", "UCDP GED Codebook, date_prec.", [
    ("1", "Exact day", "The exact day is known."),
    ("2", "Two to six days", "A range of two to six days is known."),
    ("3", "A week", "Only the week is known: a range of seven to fourteen days."),
    ("4", "A month", "Only the month is known: a range of fifteen to thirty-one days."),
    ("5", "More than a month", "Only a range of more than one month, up to a year, is known."),
])
PLACE_PRECISION = Vocabulary("place_precision", "How precisely the place is known.", "UCDP GED Codebook, where_prec.", [
    ("1", "Exact place", "The exact place is known."),
    ("2", "Near the place", "Within about 25 km of a known place, or a place whose extent is limited."),
    ("3", "Second-level division", "Only the second-level division (district) is known."),
    ("4", "First-level division", "Only the first-level division (province, governorate) is known."),
    ("5", "Linear or fuzzy area", "A road, a river, a border, or an area without exact bounds."),
    ("6", "Country", "Only the country is known."),
    ("7", "International waters or air space", "The event took place outside any country's land."),
])
CLARITY = Vocabulary("clarity", "How clearly the sources distinguish the event from others.", "UCDP GED Codebook, event_clarity.", [
    ("1", "High", "The sources describe the event separately."),
    ("2", "Low", "The sources describe the event only as part of a total of several events."),
])
ROLE = Vocabulary("role", "The role of an actor in an event.", "UCDP sides A and B and their secondary parties; target after ACLED.", [
    ("side_a", "Side A", "A primary party; in state-based conflict, the government's side."),
    ("side_b", "Side B", "The primary party opposed to side A."),
    ("supports_a", "Supports side A", "Gives support, armed or other, to side A."),
    ("supports_b", "Supports side B", "Gives support, armed or other, to side B."),
    ("target", "Target", "An actor at whom the act was directed."),
    ("affected", "Affected", "An actor affected by the event without being its target."),
    ("agent", "Agent", "An actor that committed the act, in an event without sides."),
])
MEASURE = Vocabulary("measure", "What was counted or measured.", "Conflict Facts; displacement after IDMC and HXL (#affected, #indicator).", [
    ("killed", "Killed", "People who lost their lives."),
    ("injured", "Injured", "People who were wounded and lived."),
    ("casualties", "Casualties", "People killed, injured, missing or captured, in one number that the source does not break down."),
    ("missing", "Missing", "People whose fate is unknown."),
    ("displaced", "Displaced", "People forced to leave their homes."),
    ("returned", "Returned", "Displaced people who went back."),
    ("detained", "Detained", "People deprived of their liberty."),
    ("affected", "Affected", "People affected in any other way."),
    ("settlements_captured", "Settlements captured", "Settlements over which a party gained control."),
    ("area_captured", "Area captured", "Land over which a party gained control."),
    ("buildings_damaged", "Buildings damaged", "Buildings damaged but not destroyed."),
    ("buildings_destroyed", "Buildings destroyed", "Buildings destroyed."),
    ("equipment_lost", "Equipment lost", "Pieces of military equipment destroyed, damaged, abandoned or captured."),
    ("strikes", "Strikes", "Attacks from the air or by artillery."),
    ("distance", "Distance", "How far apart two places are."),
    ("population", "Population", "People who live at a place."),
], {
    "killed": "dead death deaths died dying fatality fatalities kia toll casualties", "injured": "wounded hurt maimed casualties",
    "casualties": "losses victims", "missing": "disappeared disappearances", "displaced": "displacement refugees idps fled homeless evacuated",
    "returned": "returnees", "detained": "detainees arrested arrests prisoners imprisoned hostages abducted abductions kidnapped captives pows",
    "settlements_captured": "towns villages taken seized", "area_captured": "territory land taken seized",
    "buildings_damaged": "houses homes", "buildings_destroyed": "houses homes demolished", "equipment_lost": "losses weapons vehicles",
    "strikes": "airstrikes air strike bombing bombings shelling raids", "population": "inhabitants residents",
})
POPULATION = Vocabulary("population", "Which people were counted.", "Conflict Facts; after UCDP's deaths_civilians and deaths_unknown; sex and age after HXL.", [
    ("all", "All people", "Everybody, regardless of status."),
    ("civilians", "Civilians", "People who take no part in the fighting."),
    ("combatants", "Combatants", "Members of armed forces or groups."),
    ("women", "Women", "Adult women."),
    ("children", "Children", "People under eighteen."),
    ("females", "Females", "Women and girls (HXL +f)."),
    ("males", "Males", "Men and boys (HXL +m)."),
    ("adults", "Adults", "People who are not children (HXL +adults)."),
    ("men", "Men", "Adult men (HXL +adults+m)."),
    ("girls", "Girls", "Girls under eighteen (HXL +children+f)."),
    ("boys", "Boys", "Boys under eighteen (HXL +children+m)."),
    ("infants", "Infants", "Children under five, or under the age that the source uses (HXL +infants)."),
    ("elderly", "Elderly", "Older people, above the age that the source uses (HXL +elderly)."),
    ("media", "Media workers", "Journalists and others who work for the press."),
    ("medical", "Medical personnel", "Doctors, nurses and others who care for the sick and wounded."),
    ("aid_workers", "Aid and rescue workers", "Staff and volunteers of aid organisations, and rescuers of civil defence."),
    ("peacekeepers", "Peacekeepers", "Personnel of peace operations."),
    ("unknown", "Unknown", "The source does not say who they were."),
], {
    "civilians": "noncombatants", "combatants": "soldiers fighters troops military militants servicemen", "children": "minors kids underage",
    "women": "woman", "men": "man", "elderly": "old aged seniors", "infants": "babies", "media": "journalists reporters press",
    "medical": "doctors nurses paramedics medics health workers hospital staff", "aid_workers": "humanitarian humanitarians civil defence rescuers first responders",
    "peacekeepers": "blue helmets",
})
QUANTIFIER = Vocabulary("quantifier", "How the source qualifies the number.", "IDMC Internal Displacement Updates, quantifier.", [
    ("exact", "Exactly", "The source gives the number as a full count. It is stored in `best`, and is both bounds. A round number that the source states without a qualifier has no quantifier."),
    ("approximately", "Approximately", "About this number: `best` holds it."),
    ("more_than", "More than", "More than, over: `low` holds the number, which the source excludes; no best is known."),
    ("at_least", "At least", "This number or more: `low` holds it, and the source includes it; no best is known."),
    ("less_than", "Less than", "Fewer than, under: `high` holds the number, which the source excludes; no best is known."),
    ("at_most", "At most", "This number or fewer, up to: `high` holds it, and the source includes it; no best is known."),
    ("between", "Between", "Between two numbers: `low` and `high` hold them."),
], {
    "exact": "precisely =", "approximately": "about around circa roughly some ~", "more_than": "over above exceeding greater than > gt",
    "at_least": "minimum no fewer than no less than >= gte", "less_than": "under below fewer than < lt", "at_most": "up to maximum no more than <= lte",
})
UNIT = Vocabulary("unit", "The unit of the number.", "IDMC for people and households; SI for measures.", [
    ("people", "People", "Persons."),
    ("households", "Households", "Families or households."),
    ("buildings", "Buildings", "Buildings of any use."),
    ("dwellings", "Dwellings", "Homes, of which one building may have many."),
    ("settlements", "Settlements", "Cities, towns and villages."),
    ("square_kilometres", "Square kilometres", "Area, km²."),
    ("kilometres", "Kilometres", "Length, km."),
    ("items", "Items", "Pieces, of equipment for instance."),
    ("events", "Events", "Occurrences."),
], {
    "people": "persons person individuals civilians", "households": "families family household", "dwellings": "homes houses housing units",
    "settlements": "towns villages cities localities", "square_kilometres": "km2 km² sq km square kilometers", "kilometres": "km kilometers",
    "items": "pieces units", "events": "occurrences incidents attacks",
})
BASIS = Vocabulary("basis", "Which span of time the number covers.", "IDMC, stock and flow; cumulative as in daily tallies.", [
    ("flow", "Flow", "What happened in the period: may be added to the numbers of other periods."),
    ("stock", "Stock", "How many there were at the end of the period: cannot be added over time."),
    ("cumulative", "Cumulative", "The running total since the start of the period: cannot be added to other values of the same series."),
])
ORIGIN = Vocabulary("origin", "How the number was obtained.", "Conflict Facts; after IDMC and Tech for Palestine (ext_).", [
    ("reported", "Reported", "Counted or stated by somebody."),
    ("estimated", "Estimated", "Estimated by a stated or unstated method."),
    ("extrapolated", "Extrapolated", "Carried forward or interpolated from reported numbers."),
    ("computed", "Computed", "Calculated from other numbers."),
])
COUNTRY = Vocabulary(
    "country", "A country or territory, by its three-letter code.",
    "ISO 3166-1 alpha-3 and ISO 3166-3 (formerly used codes), by pycountry; XKX is user-assigned.",
    [(country.alpha_3, getattr(country, "common_name", country.name), country.name) for country in sorted(pycountry.countries, key=lambda country: country.alpha_3)]
    + [(country.alpha_3, country.name, f"{country.name} (code withdrawn {country.withdrawal_date})")
       for country in sorted(pycountry.historic_countries, key=lambda country: country.alpha_3)
       if pycountry.countries.get(alpha_3=country.alpha_3) is None]
    + [("XKX", "Kosovo", "Kosovo (user-assigned code)")],
)
LANGUAGE = Vocabulary("language", "A language in which facts are said.", "ISO 639-1.", [
    ("en", "English", "English."),
    ("ar", "Arabic", "Arabic, in Latin digits."),
    ("fr", "French", "French."),
    ("ru", "Russian", "Russian."),
    ("es", "Spanish", "Spanish."),
    ("uk", "Ukrainian", "Ukrainian."),
])

REASON = Vocabulary("reason", "Why a revision superseded or removed a row.", "Conflict Facts.", [
    ("source_revised", "Source revised", "The source changed, or was read again with a different result."),
    ("resettled", "Settled again", "The claims about the record changed, so it was settled again."),
    ("retracted", "Retracted", "The source no longer makes the claim."),
    ("coding_error", "Coding error", "It had been entered wrongly."),
    ("duplicate_merged", "Duplicate merged", "Two records described the same thing."),
    ("reclassified", "Reclassified", "The same facts were moved to another code."),
    ("method_changed", "Method changed", "The rule or method changed, not the facts."),
    ("undone", "Undone", "The revision that added it was undone."),
    ("withheld", "Withheld", "The terms of the source or somebody's safety forbid publication."),
])
# fmt: on
