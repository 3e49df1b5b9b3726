"""Spanish. A participle agrees with the noun; "millones" are followed by "de"; numbers of four digits have no point."""

from __future__ import annotations

from decimal import Decimal

from ..grammar import ONE, OTHER, F, Language, M, Noun, Wording, labels, names

MESSAGES = {
    "comma": ", ", "semicolon": "; ", "colon": ": ", "and": " y ", "but": " pero ",
    "number": "{}", "about": "aproximadamente {}", "at_least": "al menos {}", "at_least_about": "un mínimo de aproximadamente {}", "more_than": "más de {}",
    "up_to": "como máximo {}", "up_to_about": "un máximo de aproximadamente {}", "less_than": "menos de {}", "fewer_than": "menos de {}",
    "range": "de {} a {}", "about_range": "aproximadamente de {} a {}", "best_estimate": "mejor estimación {}", "lower_bound": "límite inferior {}",
    "upper_bound": "límite superior {}", "contradictory": "las cifras se contradicen",
    "none": "cero", "no_m": "ningún {}", "no_f": "ninguna {}", "no_n": "ningún {}",
    "unknown": "un número desconocido", "unknown_of": "un número desconocido de {}",
    "among": " entre {}", "counted_for": "referido a: {}", "suffered": "actor afectado: {}", "did": "(por: {})",
    "running_total": "total acumulado", "no_upper_bound": "límite superior no indicado", "unit_not_stated": "unidad no indicada",
    "place_in": "lugar: {}", "place_at": "lugar: {}", "place_near": "cerca de: {}",
    "on": "el {}", "around": "hacia el {}", "from_on": "desde el {}", "up_to_day": "hasta el {}", "not_before": "no antes del {}",
    "not_after": "no después del {}", "from_to": "del {} al {}", "between": "entre el {} y el {}", "in_period": "en {}", "as_of": "a fecha de {}",
    "undated": "en fecha no indicada", "precision_unstated": "precisión de la fecha no indicada", "within": "día exacto desconocido, {}",
    "within_2": "con un margen de dos a seis días", "within_3": "con un margen de una o dos semanas", "within_4": "con un margen de un mes",
    "within_5": "con un margen de un año", "start_not_stated": "inicio no indicado", "end_not_stated": "fin no indicado",
    "event": "suceso: {}", "according": "según {}", "reported_by": "{} (citado por {})", "unnamed_source": "una fuente no identificada",
    "term_counted": "población", "term_actor": "actor", "term_place": "", "term_basis": "base", "term_period": "período",
    "disputed": "en disputa", "more": "; otras versiones: {}", "rival": "{} según {}",
    "in_another_event": "en otro suceso ({})", "in_the_place": "(lugar: {})", "for_the_actor": "(actor: {})",
    "in_a_period": "en un período", "at_one_time": "en un momento dado", "period_not_stated": "período no indicado", "a_period": "período: {}",
    "another_event": "otro suceso", "another_measure": "otra medida", "another_population": "otra población",
    "another_actor": "otro actor", "another_location": "otro lugar", "another_basis": "otra base",
    "further_count": ", y un número desconocido en {} recuento más", "further_counts": ", y un número desconocido en {} recuentos más",
    "covered_days": "días con recuento: {} de {}",
    "other_days": "recuentos que pueden incluir otros días: {}",
    "partial_sum": "suma quizá parcial; recuentos sumados: {}",
    "no_bounds": "no se indica límite inferior ni superior", "contradicted": "algunas cifras se contradicen",
    "partial": "las estimaciones cubren solo una parte de lo contado",
    "overlaps": "no se sumaron los recuentos que pueden incluir a las mismas personas",
    "by_estimate": "por estimación: {}", "in_all": "{} en total", "origins": "orígenes: {}", "count_at_a_time": "recuento en un momento dado",
    "latest_count": "último recuento {}",
    "running_total_to": "total acumulado hasta el {}", "running_totals_to": "totales acumulados, el último hasta el {}",
    "count_as_of": "recuento a fecha de {}", "counts_as_of": "recuentos, el último a fecha de {}",
}  # fmt: skip
LABELS = labels("""
source_kind: article artículo | agency_report despacho de agencia | report informe | dataset conjunto de datos | statement declaración | post publicación en línea | video vídeo | image imagen | book libro | gazetteer nomenclátor | testimony testimonio | other otro
reliability: A totalmente fiable | B habitualmente fiable | C bastante fiable | D habitualmente no fiable | E no fiable | F fiabilidad no evaluable
credibility: 1 confirmado | 2 probablemente cierto | 3 posiblemente cierto | 4 dudoso | 5 improbable | 6 veracidad no evaluable
rank: preferred preferido | normal normal | deprecated obsoleto
actor_kind: state Estado | government gobierno | state_forces fuerzas estatales | external_forces fuerzas externas | rebel_group grupo rebelde | political_militia milicia política | identity_militia milicia identitaria | coalition coalición | collective colectivo | international_organisation organización internacional | organisation organización | person persona | civilians civiles | unknown desconocido
location_kind: country país | admin1 división de primer nivel | admin2 división de segundo nivel | admin3 división de tercer nivel | settlement localidad | site sitio | area zona
event_kind: war guerra | offensive ofensiva | battle batalla | entry entrada | capture toma | withdrawal retirada | air_strike ataque aéreo | air_support apoyo aéreo | shelling bombardeo | explosion explosión | attack_on_civilians ataque contra civiles | protest protesta | crackdown represión | insurgency insurgencia | intervention intervención | arms_supply suministro de armas | displacement desplazamiento | disaster desastre | return retorno | agreement acuerdo | statement declaración | other otro
violence: state_based conflicto con participación estatal (UCDP 1) | non_state conflicto no estatal (UCDP 2) | one_sided violencia unilateral (UCDP 3)
date_precision: 1 día exacto | 2 de dos a seis días | 3 una semana | 4 un mes | 5 más de un mes
place_precision: 1 lugar exacto | 2 cerca del lugar | 3 división de segundo nivel | 4 división de primer nivel | 5 zona lineal o difusa | 6 país | 7 aguas o espacio aéreo internacionales
clarity: 1 alta | 2 baja
role: side_a bando A | side_b bando B | supports_a apoya al bando A | supports_b apoya al bando B | target objetivo | affected afectado | agent agente
measure: killed muertos | injured heridos | casualties víctimas | missing desaparecidos | displaced desplazados | returned retornados | detained detenidos | affected afectados | settlements_captured localidades tomadas | area_captured superficie conquistada | buildings_damaged edificios dañados | buildings_destroyed edificios destruidos | equipment_lost equipo militar perdido | strikes ataques | distance distancia | population población
population: all todas las personas | civilians civiles | combatants combatientes | women mujeres | children menores | females mujeres y niñas | males hombres y niños | adults adultos | men hombres | girls niñas | boys niños | infants niños pequeños | elderly personas mayores | media trabajadores de medios | medical personal médico | aid_workers trabajadores humanitarios y rescatistas | peacekeepers miembros de operaciones de paz | unknown condición desconocida
quantifier: exact exactamente | approximately aproximadamente | more_than más de | at_least al menos | less_than menos de | at_most como máximo | between entre
unit: people personas | households hogares | buildings edificios | dwellings viviendas | settlements localidades | square_kilometres kilómetros cuadrados | kilometres kilómetros | items unidades | events sucesos
basis: flow por período | stock en un momento dado | cumulative total acumulado
origin: reported dato comunicado | estimated estimación | extrapolated extrapolación | computed cálculo
reason: source_revised fuente revisada | resettled resuelto de nuevo | retracted retirado | coding_error error de codificación | duplicate_merged duplicado fusionado | reclassified reclasificado | method_changed método modificado | undone deshecho | withheld no divulgado
left_out_reason: date_unknown fecha desconocida | extends_beyond sobrepasa el período | no_number sin cifra | no_sum no sumable | unit_unknown unidad desconocida | basis_unknown base desconocida | extrapolated extrapolado | computed calculado | part_of_event parte de un suceso mayor | part_of_total parte de un total | superseded reemplazado | repeated repetido | overlap_unknown solapamiento desconocido
totals_key: month mes | year año | country país | place lugar | actor actor | measure medida | population población | origin origen | unit unidad
""")
COUNTRIES = names("""
AFI Territorio Francés de los Afars y los Issas | ANT Antillas Neerlandesas | ATB Territorio Antártico Británico | ATN Tierra de la Reina Maud | BUR Birmania | BYS RSS de Bielorrusia
CSK Checoslovaquia | CTE islas Canton y Enderbury | DDR República Democrática Alemana | DHY Dahomey | FXX Francia metropolitana | GEL islas Gilbert y Ellice
HVO Alto Volta | JTN isla Johnston | MID islas Midway | NHB Nuevas Hébridas | NTZ zona neutral | PCI Territorio en Fideicomiso de las Islas del Pacífico
PCZ Zona del Canal de Panamá | PUS islas diversas del Pacífico (Estados Unidos) | RHO Rodesia del Sur | SCG Serbia y Montenegro | SKM Sikkim | SUN Unión Soviética
TMP Timor Oriental | VDR República Democrática de Vietnam | WAK isla Wake | YMD Yemen Democrático | YUG Yugoslavia | ZAR Zaire
""")


def noun(one: str, other: str, gender: str = M) -> Noun:
    return Noun({ONE: one, OTHER: other, "many": f"de {other}"}, other, gender)


def agreed(stem: str, before: str = "") -> Wording:
    return Wording([f"{{counted}} {before}{stem}{end}" for end in ("o", "a", "os", "as")])


PERSON = noun("persona", "personas", F)
UNITS = {
    "people": PERSON, "households": noun("hogar", "hogares"), "buildings": noun("edificio", "edificios"), "dwellings": noun("vivienda", "viviendas", F),
    "settlements": noun("localidad", "localidades", F), "square_kilometres": noun("kilómetro cuadrado", "kilómetros cuadrados"),
    "kilometres": noun("kilómetro", "kilómetros"), "items": noun("unidad", "unidades", F), "events": noun("suceso", "sucesos"),
}  # fmt: skip
POPULATIONS = {
    "all": PERSON, "civilians": noun("civil", "civiles"), "combatants": noun("combatiente", "combatientes"), "women": noun("mujer", "mujeres", F),
    "children": noun("menor", "menores"), "females": noun("mujer o niña", "mujeres y niñas", F), "males": noun("hombre o niño", "hombres y niños"),
    "adults": noun("adulto", "adultos"), "men": noun("hombre", "hombres"), "girls": noun("niña", "niñas", F), "boys": noun("niño", "niños"),
    "infants": noun("niño pequeño", "niños pequeños"), "elderly": noun("persona mayor", "personas mayores", F),
    "media": noun("trabajador de medios", "trabajadores de medios"), "medical": noun("miembro del personal médico", "miembros del personal médico"),
    "aid_workers": noun("trabajador humanitario o rescatista", "trabajadores humanitarios y rescatistas"),
    "peacekeepers": noun("miembro de una operación de paz", "miembros de operaciones de paz"),
    "unknown": noun("persona de condición desconocida", "personas de condición desconocida", F),
}  # fmt: skip
MEASURES = {
    "killed": agreed("muert"), "injured": agreed("herid"), "casualties": Wording(["víctimas (muertos, heridos, desaparecidos, prisioneros): {counted}"]),
    "missing": agreed("desaparecid"), "displaced": agreed("desplazad"), "returned": agreed("retornad"), "detained": agreed("detenid"),
    "affected": agreed("afectad"), "settlements_captured": agreed("tomad"), "area_captured": agreed("conquistad"),
    "buildings_damaged": agreed("dañad"), "buildings_destroyed": agreed("destruid"), "equipment_lost": agreed("perdid", "de equipo militar "),
    "strikes": Wording(["{counted}"], noun("ataque", "ataques")), "distance": Wording(["distancia: {counted}"]),
    "population": Wording(["población: {counted}"]),
}  # fmt: skip


class Spanish(Language):
    def _pattern(self, value: object) -> str:
        return "0.#" if abs(Decimal(str(value))) < 10_000 else super()._pattern(value)

    def among(self, population: str) -> str:
        noun = self.populations[population]
        return f"{'las' if noun.gender == F else 'los'} {noun.forms[OTHER]}"

    def agreement(self, noun: Noun | None, category: str, plain: bool) -> int:
        return (2 if category != ONE else 0) + (1 if noun and noun.gender == F else 0)


SPANISH = Spanish("es", "español", MESSAGES, LABELS, COUNTRIES, UNITS, POPULATIONS, MEASURES)
