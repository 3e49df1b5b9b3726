"""French. A participle agrees with the noun; "millions" are followed by "de"."""

from __future__ import annotations

import datetime as dt

from ..grammar import ONE, OTHER, F, Language, M, Noun, Wording, labels, names

MESSAGES = {
    "comma": ", ", "semicolon": "\u202f; ", "colon": "\u00a0: ", "and": " et ", "but": " mais ",
    "number": "{}", "about": "environ {}", "at_least": "au moins {}", "at_least_about": "un minimum d’environ {}", "more_than": "plus de {}",
    "up_to": "au plus {}", "up_to_about": "un maximum d’environ {}", "less_than": "moins de {}", "fewer_than": "moins de {}",
    "range": "{} à {}", "about_range": "environ {} à {}", "best_estimate": "meilleure estimation {}",
    "lower_bound": "borne inférieure {}", "upper_bound": "borne supérieure {}", "contradictory": "les chiffres se contredisent",
    "none": "zéro", "no_m": "aucun {}", "no_f": "aucune {}", "no_n": "aucun {}",
    "unknown": "un nombre inconnu", "unknown_of": "un nombre inconnu {}",
    "among": " parmi les {}", "counted_for": "concerne\u00a0: {}", "suffered": "acteur touché\u00a0: {}", "did": "(par\u00a0: {})",
    "running_total": "total cumulé", "no_upper_bound": "borne supérieure non indiquée", "unit_not_stated": "unité non indiquée",
    "place_in": "lieu\u00a0: {}", "place_at": "lieu\u00a0: {}", "place_near": "près de\u00a0: {}",
    "on": "le {}", "around": "vers le {}", "from_on": "à partir du {}", "up_to_day": "jusqu’au {}", "not_before": "au plus tôt le {}",
    "not_after": "au plus tard le {}", "from_to": "du {} au {}", "between": "entre le {} et le {}", "in_period": "en {}", "as_of": "au {}",
    "undated": "à une date non indiquée", "precision_unstated": "précision de la date non indiquée", "within": "jour exact inconnu, {}",
    "within_2": "marge de deux à six jours", "within_3": "marge d’une ou deux semaines", "within_4": "marge d’un mois", "within_5": "marge d’un an",
    "start_not_stated": "début non indiqué", "end_not_stated": "fin non indiquée",
    "event": "événement\u00a0: {}", "according": "selon {}", "reported_by": "{} (cité par {})", "unnamed_source": "une source non nommée",
    "term_counted": "population", "term_actor": "acteur", "term_place": "", "term_basis": "base", "term_period": "période",
    "disputed": "contesté", "more": "\u202f; autres versions\u00a0: {}", "rival": "{} selon {}",
    "in_another_event": "dans un autre événement ({})", "in_the_place": "(lieu\u00a0: {})", "for_the_actor": "(acteur\u00a0: {})",
    "in_a_period": "sur une période", "at_one_time": "à un moment donné", "period_not_stated": "période non indiquée", "a_period": "période\u00a0: {}",
    "another_event": "un autre événement", "another_measure": "une autre mesure", "another_population": "une autre population",
    "another_actor": "un autre acteur", "another_location": "un autre lieu", "another_basis": "une autre base",
    "further_count": ", et un nombre inconnu dans {} autre décompte", "further_counts": ", et un nombre inconnu dans {} autres décomptes",
    "covered_days": "jours couverts\u00a0: {} sur {}",
    "other_days": "décomptes pouvant inclure d’autres jours\u00a0: {}",
    "partial_sum": "somme peut-être partielle\u202f; décomptes additionnés\u00a0: {}",
    "no_bounds": "aucune borne n’est indiquée", "contradicted": "certains chiffres se contredisent",
    "partial": "les estimations ne couvrent qu’une partie de ce qui est compté",
    "overlaps": "les décomptes qui peuvent inclure les mêmes personnes n’ont pas été additionnés",
    "by_estimate": "par estimation\u00a0: {}", "in_all": "{} au total", "origins": "origines\u00a0: {}", "count_at_a_time": "décompte à un moment donné",
    "latest_count": "dernier décompte {}",
    "running_total_to": "total cumulé jusqu’au {}", "running_totals_to": "totaux cumulés, le dernier jusqu’au {}",
    "count_as_of": "décompte au {}", "counts_as_of": "décomptes, le dernier au {}",
}  # fmt: skip
LABELS = labels("""
source_kind: article article | agency_report dépêche d’agence | report rapport | dataset jeu de données | statement déclaration | post publication en ligne | video vidéo | image image | book livre | gazetteer répertoire toponymique | testimony témoignage | other autre
reliability: A entièrement fiable | B habituellement fiable | C assez fiable | D habituellement pas fiable | E non fiable | F fiabilité non évaluable
credibility: 1 confirmé | 2 probablement vrai | 3 peut-être vrai | 4 douteux | 5 improbable | 6 véracité non évaluable
rank: preferred privilégié | normal normal | deprecated obsolète
actor_kind: state État | government gouvernement | state_forces forces de l’État | external_forces forces extérieures | rebel_group groupe rebelle | political_militia milice politique | identity_militia milice identitaire | coalition coalition | collective collectif | international_organisation organisation internationale | organisation organisation | person personne | civilians civils | unknown inconnu
location_kind: country pays | admin1 division de premier niveau | admin2 division de deuxième niveau | admin3 division de troisième niveau | settlement localité | site site | area zone
event_kind: war guerre | offensive offensive | battle bataille | entry entrée | capture prise | withdrawal retrait | air_strike frappe aérienne | air_support appui aérien | shelling bombardement | explosion explosion | attack_on_civilians attaque contre des civils | protest manifestation | crackdown répression | insurgency insurrection | intervention intervention | arms_supply fourniture d’armes | displacement déplacement | disaster catastrophe | return retour | agreement accord | statement déclaration | other autre
violence: state_based conflit impliquant un État (UCDP 1) | non_state conflit non étatique (UCDP 2) | one_sided violence unilatérale (UCDP 3)
date_precision: 1 jour exact | 2 deux à six jours | 3 une semaine | 4 un mois | 5 plus d’un mois
place_precision: 1 lieu exact | 2 près du lieu | 3 division de deuxième niveau | 4 division de premier niveau | 5 zone linéaire ou floue | 6 pays | 7 eaux ou espace aérien internationaux
clarity: 1 élevée | 2 faible
role: side_a camp A | side_b camp B | supports_a soutient le camp A | supports_b soutient le camp B | target cible | affected touché | agent agent
measure: killed tués | injured blessés | casualties victimes | missing disparus | displaced déplacés | returned personnes de retour | detained détenus | affected personnes touchées | settlements_captured localités prises | area_captured superficie conquise | buildings_damaged bâtiments endommagés | buildings_destroyed bâtiments détruits | equipment_lost matériel militaire perdu | strikes frappes | distance distance | population population
population: all toutes les personnes | civilians civils | combatants combattants | women femmes | children enfants | females femmes et filles | males hommes et garçons | adults adultes | men hommes | girls filles | boys garçons | infants jeunes enfants | elderly personnes âgées | media professionnels des médias | medical personnel médical | aid_workers travailleurs humanitaires et secouristes | peacekeepers membres d’opérations de paix | unknown statut inconnu
quantifier: exact exactement | approximately environ | more_than plus de | at_least au moins | less_than moins de | at_most au plus | between entre
unit: people personnes | households ménages | buildings bâtiments | dwellings logements | settlements localités | square_kilometres kilomètres carrés | kilometres kilomètres | items pièces | events événements
basis: flow par période | stock à un moment donné | cumulative total cumulé
origin: reported donnée rapportée | estimated estimation | extrapolated extrapolation | computed calcul
reason: source_revised source révisée | resettled arbitré de nouveau | retracted retiré | coding_error erreur de saisie | duplicate_merged doublon fusionné | reclassified reclassé | method_changed méthode modifiée | undone annulé | withheld non diffusé
left_out_reason: date_unknown date inconnue | extends_beyond dépasse la période | no_number sans chiffre | no_sum non additionnable | unit_unknown unité inconnue | basis_unknown base inconnue | extrapolated extrapolé | computed calculé | part_of_event partie d’un événement plus large | part_of_total partie d’un total | superseded remplacé | repeated répété | overlap_unknown recoupement inconnu
totals_key: month mois | year année | country pays | place lieu | actor acteur | measure mesure | population population | origin origine | unit unité
""")
COUNTRIES = names("""
AFI Territoire français des Afars et des Issas | ANT Antilles néerlandaises | ATB Territoire antarctique britannique | ATN Terre de la Reine-Maud | BUR Birmanie | BYS RSS de Biélorussie
CSK Tchécoslovaquie | CTE îles Canton et Enderbury | DDR République démocratique allemande | DHY Dahomey | FXX France métropolitaine | GEL îles Gilbert et Ellice
HVO Haute-Volta | JTN atoll Johnston | MID îles Midway | NHB Nouvelles-Hébrides | NTZ zone neutre | PCI Territoire sous tutelle des îles du Pacifique
PCZ zone du canal de Panama | PUS îles diverses du Pacifique (États-Unis) | RHO Rhodésie du Sud | SCG Serbie-et-Monténégro | SKM Sikkim | SUN Union soviétique
TMP Timor oriental | VDR République démocratique du Viêt Nam | WAK île de Wake | YMD Yémen démocratique | YUG Yougoslavie | ZAR Zaïre
""")


def noun(one: str, other: str, gender: str = M) -> Noun:
    link = "d’" if other[0].lower() in "aeéiouh" else "de "  # Every noun here that begins with an h elides.
    some = f"{link}{other}".replace(" et ", " et de ")
    return Noun({ONE: one, OTHER: other, "many": some}, some, gender)


def agreed(stem: str, before: str = "") -> Wording:
    return Wording([f"{{counted}} {before}{stem}{end}" for end in ("", "e", "s", "es")])


PERSON = noun("personne", "personnes", F)
UNITS = {
    "people": PERSON, "households": noun("ménage", "ménages"), "buildings": noun("bâtiment", "bâtiments"), "dwellings": noun("logement", "logements"),
    "settlements": noun("localité", "localités", F), "square_kilometres": noun("kilomètre carré", "kilomètres carrés"),
    "kilometres": noun("kilomètre", "kilomètres"), "items": noun("pièce", "pièces", F), "events": noun("événement", "événements"),
}  # fmt: skip
POPULATIONS = {
    "all": PERSON, "civilians": noun("civil", "civils"), "combatants": noun("combattant", "combattants"), "women": noun("femme", "femmes", F),
    "children": noun("enfant", "enfants"), "females": noun("femme ou fille", "femmes et filles", F), "males": noun("homme ou garçon", "hommes et garçons"),
    "adults": noun("adulte", "adultes"), "men": noun("homme", "hommes"), "girls": noun("fille", "filles", F), "boys": noun("garçon", "garçons"),
    "infants": noun("jeune enfant", "jeunes enfants"), "elderly": noun("personne âgée", "personnes âgées", F),
    "media": noun("professionnel des médias", "professionnels des médias"),
    "medical": noun("membre du personnel médical", "membres du personnel médical"),
    "aid_workers": noun("travailleur humanitaire ou secouriste", "travailleurs humanitaires et secouristes"),
    "peacekeepers": noun("membre d’une opération de paix", "membres d’opérations de paix"),
    "unknown": noun("personne de statut inconnu", "personnes de statut inconnu", F),
}  # fmt: skip
MEASURES = {
    "killed": agreed("tué"), "injured": agreed("blessé"), "casualties": Wording(["victimes (tués, blessés, disparus, prisonniers)\u00a0: {counted}"]),
    "missing": Wording(["{counted} porté disparu", "{counted} portée disparue", "{counted} portés disparus", "{counted} portées disparues"]),
    "displaced": agreed("déplacé"), "returned": Wording(["{counted} de retour"]), "detained": agreed("détenu"), "affected": agreed("touché"),
    "settlements_captured": Wording(["{counted} pris", "{counted} prise", "{counted} pris", "{counted} prises"]),
    "area_captured": Wording(["{counted} conquis", "{counted} conquise", "{counted} conquis", "{counted} conquises"]),
    "buildings_damaged": agreed("endommagé"), "buildings_destroyed": agreed("détruit"),
    "equipment_lost": agreed("perdu", "de matériel militaire "), "strikes": Wording(["{counted}"], noun("frappe", "frappes", F)),
    "distance": Wording(["distance\u00a0: {counted}"]), "population": Wording(["population\u00a0: {counted}"]),
}  # fmt: skip


class French(Language):
    def day(self, date: dt.date) -> str:
        return self._first(super().day(date), date)

    def days(self, first: dt.date, last: dt.date) -> tuple[str, str]:
        begun, ended = super().days(first, last)
        return (begun if first.year != last.year else self._first(begun, first)), ended

    def _first(self, text: str, date: dt.date) -> str:
        """A day behind "le": that of a first is an ordinal."""
        return f"1er{text[1:]}" if date.day == 1 else text

    def among(self, population: str) -> str:
        return self.populations[population].forms[OTHER]

    def agreement(self, noun: Noun | None, category: str, plain: bool) -> int:
        return (2 if category != ONE else 0) + (1 if noun and noun.gender == F else 0)


FRENCH = French("fr", "français", MESSAGES, LABELS, COUNTRIES, UNITS, POPULATIONS, MEASURES)
