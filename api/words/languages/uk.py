"""Ukrainian. Ranges and "до" govern the genitive; the adverbs of other bounds govern nothing."""

from __future__ import annotations

import datetime as dt

from ..grammar import F, N, Wording, labels, names
from .slavic import Slavic, noun, verb

MESSAGES = {
    "comma": ", ", "semicolon": "; ", "colon": ": ", "and": " і ", "but": ", але ",
    "number": "{}", "about": "приблизно {}", "at_least": "щонайменше {}", "at_least_about": "орієнтовно щонайменше {}", "more_than": "більш ніж {}",
    "up_to": "щонайбільше {}", "up_to_about": "орієнтовно щонайбільше {}", "less_than": "менш ніж {}", "fewer_than": "менш ніж {}",
    "range": "від {} до {}", "about_range": "приблизно від {} до {}", "best_estimate": "найкраща оцінка {}", "lower_bound": "нижня межа {}",
    "upper_bound": "верхня межа {}", "contradictory": "числа суперечать одне одному",
    "none": "нуль", "no_m": "жодного {}", "no_f": "жодної {}", "no_n": "жодного {}",
    "unknown": "невідоме число", "unknown_of": "невідоме число {}",
    "among": " (категорія: {})", "counted_for": "стосується сторони: {}", "suffered": "постраждала сторона: {}", "did": "(сторона: {})",
    "running_total": "наростаючим підсумком", "no_upper_bound": "верхню межу не вказано", "unit_not_stated": "одиницю не вказано",
    "place_in": "місце: {}", "place_at": "місце: {}", "place_near": "поблизу: {}",
    "on": "{}", "around": "близько {}", "from_on": "починаючи з {}", "up_to_day": "до {} включно", "not_before": "не раніше {}",
    "not_after": "не пізніше {}", "from_to": "з {} по {}", "between": "у проміжку з {} по {}", "in_period": "у {}", "as_of": "станом на {}",
    "undated": "без зазначення дати", "precision_unstated": "точність дати не вказано", "within": "точний день невідомий, {}",
    "within_2": "з точністю від двох до шести днів", "within_3": "з точністю до одного-двох тижнів", "within_4": "з точністю до місяця",
    "within_5": "з точністю до року", "start_not_stated": "початок не вказано", "end_not_stated": "кінець не вказано",
    "event": "подія: {}", "according": "за даними {}", "reported_by": "{} (за повідомленням {})", "unnamed_source": "неназваного джерела",
    "term_counted": "категорія", "term_actor": "сторона", "term_place": "", "term_basis": "спосіб обліку", "term_period": "період",
    "disputed": "дані є спірними", "more": "; інших версій: {}", "rival": "{} за даними {}",
    "in_another_event": "в іншій події ({})", "in_the_place": "(місце: {})", "for_the_actor": "(сторона: {})",
    "in_a_period": "за період", "at_one_time": "на певний момент", "period_not_stated": "період не вказано", "a_period": "період: {}",
    "another_event": "інша подія", "another_measure": "інший показник", "another_population": "інша категорія",
    "another_actor": "інша сторона", "another_location": "інше місце", "another_basis": "інший спосіб обліку",
    "further_count": "; крім того, підрахунків із невідомим числом: {}", "further_counts": "; крім того, підрахунків із невідомим числом: {}",
    "covered_days": "дні, за які є підрахунки: {} з {}",
    "other_days": "підрахунки, які можуть включати й інші дні: {}",
    "partial_sum": "сума, можливо, неповна; складено підрахунків: {}",
    "no_bounds": "нижню й верхню межі не вказано", "contradicted": "деякі числа суперечать одне одному", "partial": "оцінки охоплюють лише частину підрахованого",
    "overlaps": "підрахунки, які можуть включати тих самих людей, не додавалися",
    "by_estimate": "за оцінкою: {}", "in_all": "загалом {}", "origins": "походження: {}", "count_at_a_time": "підрахунок на певний момент",
    "latest_count": "останній підрахунок {}",
    "running_total_to": "наростаючим підсумком до {} включно", "running_totals_to": "наростаючі підсумки, останній до {} включно",
    "count_as_of": "підрахунок станом на {}", "counts_as_of": "підрахунки, останній станом на {}",
}  # fmt: skip
LABELS = labels("""
source_kind: article стаття | agency_report повідомлення агенції | report доповідь | dataset набір даних | statement заява | post допис у мережі | video відео | image зображення | book книга | gazetteer географічний довідник | testimony свідчення | other інше
reliability: A цілком надійне | B зазвичай надійне | C доволі надійне | D зазвичай ненадійне | E ненадійне | F надійність неможливо оцінити
credibility: 1 підтверджено | 2 імовірно, правда | 3 можливо, правда | 4 сумнівно | 5 малоймовірно | 6 достовірність неможливо оцінити
rank: preferred переважне | normal звичайне | deprecated застаріле
actor_kind: state держава | government уряд | state_forces державні сили | external_forces зовнішні сили | rebel_group повстанська група | political_militia політичне ополчення | identity_militia громадське ополчення | coalition коаліція | collective обʼєднання | international_organisation міжнародна організація | organisation організація | person особа | civilians цивільні особи | unknown невідомо
location_kind: country країна | admin1 одиниця першого рівня | admin2 одиниця другого рівня | admin3 одиниця третього рівня | settlement населений пункт | site обʼєкт | area район
event_kind: war війна | offensive наступ | battle бій | entry вхід | capture захоплення | withdrawal відхід | air_strike авіаудар | air_support підтримка з повітря | shelling обстріл | explosion вибух | attack_on_civilians напад на цивільних осіб | protest протест | crackdown силове придушення | insurgency повстанський рух | intervention втручання | arms_supply постачання зброї | displacement переміщення населення | disaster лихо | return повернення | agreement угода | statement заява | other інше
violence: state_based конфлікт за участі держави (UCDP 1) | non_state недержавний конфлікт (UCDP 2) | one_sided одностороннє насильство (UCDP 3)
date_precision: 1 точний день | 2 від двох до шести днів | 3 тиждень | 4 місяць | 5 більш ніж місяць
place_precision: 1 точне місце | 2 поблизу місця | 3 одиниця другого рівня | 4 одиниця першого рівня | 5 лінійна або нечітка зона | 6 країна | 7 міжнародні води або повітряний простір
clarity: 1 висока | 2 низька
role: side_a сторона А | side_b сторона Б | supports_a підтримує сторону А | supports_b підтримує сторону Б | target ціль | affected постраждалий | agent виконавець
measure: killed загиблі | injured поранені | casualties втрати | missing зниклі безвісти | displaced переміщені особи | returned ті, хто повернувся | detained позбавлені волі | affected постраждалі | settlements_captured населені пункти, взяті під контроль | area_captured площа, взята під контроль | buildings_damaged пошкоджені будівлі | buildings_destroyed зруйновані будівлі | equipment_lost втрачена військова техніка | strikes удари | distance відстань | population населення
population: all усі люди | civilians цивільні особи | combatants комбатанти | women жінки | children діти | females жінки й дівчатка | males чоловіки й хлопчики | adults дорослі особи | men чоловіки | girls дівчатка | boys хлопчики | infants діти раннього віку | elderly особи похилого віку | media працівники медіа | medical медичні працівники | aid_workers працівники гуманітарних і рятувальних служб | peacekeepers миротворці | unknown невідомо
quantifier: exact рівно | approximately приблизно | more_than більш ніж | at_least щонайменше | less_than менш ніж | at_most щонайбільше | between між
unit: people люди | households домогосподарства | buildings будівлі | dwellings оселі | settlements населені пункти | square_kilometres квадратні кілометри | kilometres кілометри | items одиниці | events події
basis: flow за період | stock на певний момент | cumulative наростаючим підсумком
origin: reported повідомлення | estimated оцінка | extrapolated екстраполяція | computed розрахунок
reason: source_revised джерело переглянуто | resettled вирішено заново | retracted відкликано | coding_error помилка введення | duplicate_merged дублікат обʼєднано | reclassified перекласифіковано | method_changed метод змінено | undone скасовано | withheld не публікується
left_out_reason: date_unknown дата невідома | extends_beyond виходить за межі періоду | no_number немає числа | no_sum не підсумовується | unit_unknown одиниця невідома | basis_unknown спосіб обліку невідомий | extrapolated екстраполяція | computed розрахунок | part_of_event частина більшої події | part_of_total частина підсумку | superseded замінено | repeated повтор | overlap_unknown перетин невідомий
totals_key: month місяць | year рік | country країна | place місце | actor сторона | measure показник | population категорія | origin походження | unit одиниця
""")
COUNTRIES = names("""
AFI Французька територія афарів та ісса | ANT Нідерландські Антильські острови | ATB Британська антарктична територія | ATN Земля Королеви Мод | BUR Бірма | BYS Білоруська РСР
CSK Чехословаччина | CTE острови Кантон і Ендербері | DDR Німецька Демократична Республіка | DHY Дагомея | FXX Франція (метрополія) | GEL острови Гілберта та Елліс
HVO Верхня Вольта | JTN атол Джонстон | MID острови Мідвей | NHB Нові Гебриди | NTZ нейтральна зона | PCI підопічна територія Тихоокеанські острови
PCZ зона Панамського каналу | PUS інші тихоокеанські острови США | RHO Південна Родезія | SCG Сербія і Чорногорія | SKM Сіккім | SUN СРСР
TMP Східний Тимор | VDR Демократична Республіка Вʼєтнам | WAK острів Вейк | YMD Народна Демократична Республіка Ємен | YUG Югославія | ZAR Заїр
""")
MONTHS = "січні лютому березні квітні травні червні липні серпні вересні жовтні листопаді грудні".split()  # Behind "у".
UNITS = {
    "people": noun("особа", "особи", "осіб", F), "households": noun("домогосподарство", "домогосподарства", "домогосподарств", N),
    "buildings": noun("будівля", "будівлі", "будівель", F), "dwellings": noun("оселя", "оселі", "осель", F),
    "settlements": noun("населений пункт", "населені пункти", "населених пунктів", one_of="населеного пункту"),
    "square_kilometres": noun("квадратний кілометр", "квадратні кілометри", "квадратних кілометрів", one_of="квадратного кілометра"),
    "kilometres": noun("кілометр", "кілометри", "кілометрів", one_of="кілометра"), "items": noun("одиниця", "одиниці", "одиниць", F),
    "events": noun("подія", "події", "подій", F),
}  # fmt: skip
POPULATIONS = {
    "all": UNITS["people"], "civilians": noun("цивільна особа", "цивільні особи", "цивільних осіб", F, "цивільної особи"),
    "combatants": noun("комбатант", "комбатанти", "комбатантів", one_of="комбатанта"), "women": noun("жінка", "жінки", "жінок", F),
    "children": noun("дитина", "дитини", "дітей", F), "females": noun("жінка або дівчинка", "жінки або дівчинки", "жінок і дівчаток", F),
    "males": noun("чоловік або хлопчик", "чоловіки або хлопчики", "чоловіків і хлопчиків", one_of="чоловіка або хлопчика"),
    "adults": noun("доросла особа", "дорослі особи", "дорослих осіб", F, "дорослої особи"),
    "men": noun("чоловік", "чоловіки", "чоловіків", one_of="чоловіка"), "girls": noun("дівчинка", "дівчинки", "дівчаток", F),
    "boys": noun("хлопчик", "хлопчики", "хлопчиків", one_of="хлопчика"),
    "infants": noun("дитина раннього віку", "дитини раннього віку", "дітей раннього віку", F),
    "elderly": noun("особа похилого віку", "особи похилого віку", "осіб похилого віку", F),
    "media": noun("працівник медіа", "працівники медіа", "працівників медіа", one_of="працівника медіа"),
    "medical": noun("медичний працівник", "медичні працівники", "медичних працівників", one_of="медичного працівника"),
    "aid_workers": noun("працівник гуманітарних або рятувальних служб", "працівники гуманітарних або рятувальних служб", "працівників гуманітарних або рятувальних служб", one_of="працівника гуманітарних або рятувальних служб"),
    "peacekeepers": noun("миротворець", "миротворці", "миротворців", one_of="миротворця"),
    "unknown": noun("особа з невідомим статусом", "особи з невідомим статусом", "осіб із невідомим статусом", F),
}  # fmt: skip
MEASURES = {
    "killed": verb("загинув", "загинула", "загинуло"), "injured": verb("зазнав поранень", "зазнала поранень", "зазнало поранень"),
    "casualties": Wording(["втрати (загиблі, поранені, зниклі, полонені): {counted}"], negated=False),
    "missing": verb("зник безвісти", "зникла безвісти", "зникло безвісти"),
    "displaced": verb("вимушено переселився", "вимушено переселилася", "вимушено переселилося", negative="не переселилося вимушено"),
    "returned": verb("повернувся", "повернулася", "повернулося"), "detained": verb("позбавлений волі", "позбавлена волі", "позбавлено волі", few="позбавлені волі"),
    "affected": verb("постраждав", "постраждала", "постраждало"),
    "settlements_captured": Wording(["взято під контроль {counted}"]),
    "area_captured": Wording(["взято під контроль {counted}"]),
    "buildings_damaged": verb("пошкоджений", "пошкоджена", "пошкоджено"), "buildings_destroyed": verb("зруйнований", "зруйнована", "зруйновано"),
    "equipment_lost": verb("втрачений", "втрачена", "втрачено", " військової техніки"),
    "strikes": Wording(["здійснено {counted}"], noun("удар", "удари", "ударів", one_of="удару")),
    "distance": Wording(["відстань: {counted}"], negated=False), "population": Wording(["населення: {counted}"], negated=False),
}  # fmt: skip


class Ukrainian(Slavic):
    script = "[\u0400-\u04ff]"
    governing = frozenset(("range", "about_range"))

    def month(self, date: dt.date) -> str:
        return f"{MONTHS[date.month - 1]} {date.year}\u202fр."

    def year(self, date: dt.date) -> str:
        return f"{date.year}\u202fр."


UKRAINIAN = Ukrainian("uk", "українська", MESSAGES, LABELS, COUNTRIES, UNITS, POPULATIONS, MEASURES)
