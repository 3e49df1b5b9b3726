"""What rows of ACLED look like, in its own words and in translation, so that a part of them is recognized too.

docs/decisions/withholding.md says what cannot be recognized.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pycountry

from .restricted_publishers import ENOUGH, Traits, ValueTrait


def _words(words: Iterable[str]) -> str:
    """A pattern of these words."""
    return "|".join(map(re.escape, words)).replace("\\ ", " ")


# Names of columns that no other dataset of the field has; and some that others have too, which count less.
NAMES = {
    **dict.fromkeys(("eventidcnty", "eventidnocnty", "subeventtype", "disordertype", "assocactor1", "assocactor2", "inter1", "inter2", "sourcescale",
                     "civiliantargeting"), ENOUGH),
    **dict.fromkeys(("timeprecision", "geoprecision", "interaction", "dataid"), 2),
    **dict.fromkeys(("eventdate", "eventtype", "actor1", "actor2", "fatalities", "timestamp"), 1),
}  # fmt: skip
# The same in Arabic, French, Portuguese and Spanish, as `squeezed` has them. What is an ordinary word in a language counts less than in English.
TRANSLATED_NAMES = {
    **dict.fromkeys((
        "acteurassocie1", "acteurassocie2", "actorasociado1", "actorasociado2", "atorassociado1", "atorassociado2", "الفاعلالمرتبط1", "الفاعلالمرتبط2",
        "echellesource", "escalafuente", "escalafonte", "نطاقالمصدر", "typedesordre", "tipodesorden", "tipodesordem", "نوعالاضطراب",
        "ciblagecivils", "ataquesaciviles", "نوعالحدثالفرعي",
    ), ENOUGH),
    **dict.fromkeys((
        "soustypeevenement", "subtipoevento", "precisiontemporelle", "precisiongeographique", "precisiontemporal", "precisiongeografica",
        "precisaotemporal", "precisaogeografica", "دقةالوقت", "الدقةالجغرافية",
    ), 2),
    **dict.fromkeys((
        "dateevenement", "typeevenement", "acteur1", "acteur2", "fechaevento", "tipoevento", "dataevento", "ator1", "ator2", "fatalidades", "fatalites",
        "تاريخالحدث", "نوعالحدث", "الفاعل1", "الفاعل2", "الوفيات",
    ), 1),
}  # fmt: skip
# Words of its code lists; those in the second list are not used elsewhere.
COMMON_WORDS = (
    "Battles", "Protests", "Riots", "Violence against civilians", "Political violence", "Demonstrations", "Agreement", "Arrests", "Attack", "Armed clash",
    "Grenade", "Suicide bomb", "Chemical weapon", "Sexual violence", "Other", "Mob violence", "Violent demonstration", "Civilians", "Rioters", "Protesters",
)  # fmt: skip
MAIN_TYPES = ("Battles", "Protests", "Riots", "Violence against civilians", "Explosions/Remote violence", "Strategic developments")
OWN_WORDS = (
    "Explosions/Remote violence", "Strategic developments", "Political violence; Demonstrations", "Air/drone strike", "Shelling/artillery/missile attack",
    "Remote explosive/landmine/IED", "Abduction/forced disappearance", "Looting/property destruction", "Non-violent transfer of territory",
    "Non-state actor overtakes territory", "Government regains territory", "Excessive force against protesters", "Protest with intervention",
    "Peaceful protest", "Change to group/activity", "Disrupted weapons use", "Headquarters or base established", "State forces", "Rebel group",
    "Political militia", "Identity militia", "External/Other forces", "Civilian targeting", "Civilians targeted",
)  # fmt: skip
# Its main types in translation; only the two that no other list has are enough by themselves.
TRANSLATED_TYPES = (
    r"(?i)(explosions?|explosiones|explosões|explosoes) ?/ ?(violences? [aà] distance|violencia (remota|a distancia)|viol[eê]ncia (remota|[aà] dist[aâ]ncia))",
    r"(?i)d[ée]veloppements? strat[ée]giques?|desarrollos? estrat[ée]gicos?|desenvolvimentos? estrat[ée]gicos?",
    r"(ال)?انفجارات ?/ ?(ال)?عنف عن ب[ُ]?عد|(ال)?تطورات (ال)?[إا]ستراتيجية",
)
SIDES = "State forces|Rebel group|Political militia|Identity militia|Rioters|Protesters|Civilians|External/Other forces"
PREFIXES = "|".join(sorted({country.alpha_3 for country in pycountry.countries} | {"KOS", "XKX"}))
TRAITS = Traits(
    names=NAMES | TRANSLATED_NAMES,
    values=(
        ValueTrait("ids such as SYR12345", rf"({PREFIXES})[1-9][0-9]{{2,5}}", 0.5, among=rf"({PREFIXES})[1-9][0-9]{{0,5}}"),
        ValueTrait("ACLED's own types", _words(OWN_WORDS), 0.1, among=_words((*COMMON_WORDS, *OWN_WORDS))),
        ValueTrait("ACLED's own types in translation", "|".join(TRANSLATED_TYPES), 0.05),
        ValueTrait("ACLED's main types", "Battles|Violence against civilians", 0.1, among=_words(MAIN_TYPES), weight=2),
        ValueTrait("pairs of sides", rf"({SIDES})-({SIDES}|Others)|Sole ({SIDES}) action", 0.5),
        ValueTrait(
            "actors with their years or countries",
            r"(Military|Police) Forces of .+ \([0-9]{4}-([0-9]{4})?\).*|(Protesters|Rioters|Civilians|Villagers|Unidentified [A-Z][a-z]+( [A-Z][a-z]+)*) \(.+\)", 0.3,
        ),
        ValueTrait("actors with the years of their rule", r".+ \([12][0-9]{3}-([12][0-9]{3})?\).*", 0.3, weight=2),
        ValueTrait("scales of sources", r"(Other|Subnational|National|Regional|International|New media|Local partner)-(Subnational|National|Regional|International|New media|Other)", 0.3),
        ValueTrait("sizes of crowds", r"(.*; ?)?crowd size=.*", 0.3),
        ValueTrait("ACLED as the source", r"(?is).*(\bacled\b|acleddata\.com|Armed Conflict Location (&|and) Event Data).*", 0.5),
        ValueTrait("notes that begin as ACLED's do", r"(?s)(On|Around) [0-9]{1,2} (January|February|March|April|May|June|July|August|September|October|November|December) [0-9]{4}( \(.*)?,? .*", 0.8, weight=2),
        ValueTrait("sizes of crowds in notes", r"(?s).*\[size=[^\]]*\].*", 0.1),
        ValueTrait("stock phrases of ACLED's notes", r"(?s).*([Cc]asualties unknown|[Nn]o reports? (of|on) casualties|[Ff]atalities (were )?coded|coded as [0-9]+).*", 0.1, weight=2),
        ValueTrait("days as ACLED writes them", r"[0-9]{2}[ -](January|February|March|April|May|June|July|August|September|October|November|December)[ -][0-9]{4}", 0.9, weight=1),
        ValueTrait("lists of sources", r"[^;]{2,80}(; ?[^;]{2,80})+", 0.2, among=r"[^;]{2,80}(; ?[^;]{2,80})*", weight=1),
        ValueTrait("sources that are not disclosed", r"(.*; ?)?Undisclosed Source(;.*)?", 0.02, weight=2),
        ValueTrait("times in seconds", r"1[4-9][0-9]{8}", 0.9, weight=1),
        ValueTrait("ids of this project's ACLED events", rf"acled-({PREFIXES})[1-9][0-9]*(-.*)?", 0.3),
        ValueTrait("records of ACLED", r'(?s).*"(event_id_cnty|EVENT_ID_CNTY|event_id_no_cnty|assoc_actor_1|sub_event_type|disorder_type|inter1)".*', 0.1),
    ),
    mention=r"\bacled\b|acleddata\.com|armed conflict location (&|and) event data",
)  # fmt: skip
