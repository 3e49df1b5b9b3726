"""Russian. Words such as "более" govern the genitive; "с" is "со" before the second of a month."""

from __future__ import annotations

import datetime as dt
import re

from ..grammar import F, N, Wording, labels, names
from .slavic import Slavic, noun, verb

MESSAGES = {
    "comma": ", ", "semicolon": "; ", "colon": ": ", "and": " и ", "but": ", но ",
    "number": "{}", "about": "около {}", "at_least": "не менее {}", "at_least_about": "ориентировочно не менее {}", "more_than": "более {}",
    "up_to": "не более {}", "up_to_about": "ориентировочно не более {}", "less_than": "менее {}", "fewer_than": "менее {}",
    "range": "от {} до {}", "about_range": "приблизительно от {} до {}", "best_estimate": "наилучшая оценка {}", "lower_bound": "нижняя граница {}",
    "upper_bound": "верхняя граница {}", "contradictory": "числа противоречат друг другу",
    "none": "ноль", "no_m": "ни одного {}", "no_f": "ни одной {}", "no_n": "ни одного {}",
    "unknown": "неизвестное число", "unknown_of": "неизвестное число {}",
    "among": " (категория: {})", "counted_for": "относится к стороне: {}", "suffered": "пострадавшая сторона: {}", "did": "(сторона: {})",
    "running_total": "нарастающим итогом", "no_upper_bound": "верхняя граница не указана", "unit_not_stated": "единица не указана",
    "place_in": "место: {}", "place_at": "место: {}", "place_near": "вблизи: {}",
    "on": "{}", "around": "около {}", "from_on": "начиная с {}", "up_to_day": "до {} включительно", "not_before": "не ранее {}",
    "not_after": "не позднее {}", "from_to": "с {} по {}", "between": "в промежутке с {} по {}", "in_period": "в {}", "as_of": "по состоянию на {}",
    "undated": "без указания даты", "precision_unstated": "точность даты не указана", "within": "точный день неизвестен, {}",
    "within_2": "с точностью от двух до шести дней", "within_3": "с точностью до одной-двух недель", "within_4": "с точностью до месяца",
    "within_5": "с точностью до года", "start_not_stated": "начало не указано", "end_not_stated": "окончание не указано",
    "event": "событие: {}", "according": "по данным {}", "reported_by": "{} (по сообщению {})", "unnamed_source": "неназванного источника",
    "term_counted": "категория", "term_actor": "сторона", "term_place": "", "term_basis": "способ учёта", "term_period": "период",
    "disputed": "данные оспариваются", "more": "; других версий: {}", "rival": "{} по данным {}",
    "in_another_event": "в другом событии ({})", "in_the_place": "(место: {})", "for_the_actor": "(сторона: {})",
    "in_a_period": "за период", "at_one_time": "на определённый момент", "period_not_stated": "период не указан", "a_period": "период: {}",
    "another_event": "другое событие", "another_measure": "другой показатель", "another_population": "другая категория",
    "another_actor": "другая сторона", "another_location": "другое место", "another_basis": "другой способ учёта",
    "further_count": "; кроме того, подсчётов с неизвестным числом: {}", "further_counts": "; кроме того, подсчётов с неизвестным числом: {}",
    "covered_days": "дни, за которые есть подсчёты: {} из {}",
    "other_days": "подсчёты, которые могут включать и другие дни: {}",
    "partial_sum": "сумма, возможно, неполная; сложено подсчётов: {}",
    "no_bounds": "нижняя и верхняя границы не указаны", "contradicted": "некоторые числа противоречат друг другу", "partial": "оценки охватывают лишь часть подсчитанного",
    "overlaps": "подсчёты, которые могут включать одних и тех же людей, не складывались",
    "by_estimate": "по оценке: {}", "in_all": "в общей сложности {}", "origins": "происхождение: {}", "count_at_a_time": "подсчёт на определённый момент",
    "latest_count": "последний подсчёт {}",
    "running_total_to": "нарастающим итогом до {} включительно", "running_totals_to": "нарастающие итоги, последний до {} включительно",
    "count_as_of": "подсчёт по состоянию на {}", "counts_as_of": "подсчёты, последний по состоянию на {}",
}  # fmt: skip
LABELS = labels("""
source_kind: article статья | agency_report сообщение агентства | report доклад | dataset набор данных | statement заявление | post публикация в сети | video видео | image изображение | book книга | gazetteer географический справочник | testimony свидетельство | other другое
reliability: A полностью надёжный | B обычно надёжный | C довольно надёжный | D обычно ненадёжный | E ненадёжный | F надёжность не поддаётся оценке
credibility: 1 подтверждено | 2 вероятно, верно | 3 возможно, верно | 4 сомнительно | 5 маловероятно | 6 достоверность не поддаётся оценке
rank: preferred предпочтительное | normal обычное | deprecated устаревшее
actor_kind: state государство | government правительство | state_forces государственные силы | external_forces внешние силы | rebel_group повстанческая группа | political_militia политическое ополчение | identity_militia общинное ополчение | coalition коалиция | collective объединение | international_organisation международная организация | organisation организация | person лицо | civilians мирные жители | unknown неизвестно
location_kind: country страна | admin1 единица первого уровня | admin2 единица второго уровня | admin3 единица третьего уровня | settlement населённый пункт | site объект | area район
event_kind: war война | offensive наступление | battle бой | entry вход | capture захват | withdrawal отход | air_strike авиаудар | air_support поддержка с воздуха | shelling обстрел | explosion взрыв | attack_on_civilians нападение на мирных жителей | protest протест | crackdown силовое подавление | insurgency повстанческое движение | intervention вмешательство | arms_supply поставка оружия | displacement перемещение населения | disaster бедствие | return возвращение | agreement соглашение | statement заявление | other другое
violence: state_based конфликт с участием государства (UCDP 1) | non_state негосударственный конфликт (UCDP 2) | one_sided одностороннее насилие (UCDP 3)
date_precision: 1 точный день | 2 от двух до шести дней | 3 неделя | 4 месяц | 5 более месяца
place_precision: 1 точное место | 2 вблизи места | 3 единица второго уровня | 4 единица первого уровня | 5 линейная или нечёткая зона | 6 страна | 7 международные воды или воздушное пространство
clarity: 1 высокая | 2 низкая
role: side_a сторона А | side_b сторона Б | supports_a поддерживает сторону А | supports_b поддерживает сторону Б | target цель | affected пострадавший | agent исполнитель
measure: killed погибшие | injured раненые | casualties потери | missing пропавшие без вести | displaced перемещённые лица | returned вернувшиеся | detained лишённые свободы | affected пострадавшие | settlements_captured населённые пункты, взятые под контроль | area_captured площадь, взятая под контроль | buildings_damaged повреждённые здания | buildings_destroyed разрушенные здания | equipment_lost потерянная военная техника | strikes удары | distance расстояние | population население
population: all все люди | civilians мирные жители | combatants комбатанты | women женщины | children дети | females женщины и девочки | males мужчины и мальчики | adults взрослые | men мужчины | girls девочки | boys мальчики | infants дети младшего возраста | elderly пожилые люди | media работники СМИ | medical медицинские работники | aid_workers сотрудники гуманитарных и спасательных служб | peacekeepers миротворцы | unknown неизвестно
quantifier: exact ровно | approximately приблизительно | more_than более | at_least не менее | less_than менее | at_most не более | between между
unit: people люди | households домохозяйства | buildings здания | dwellings жилые помещения | settlements населённые пункты | square_kilometres квадратные километры | kilometres километры | items единицы | events события
basis: flow за период | stock на определённый момент | cumulative нарастающим итогом
origin: reported сообщение | estimated оценка | extrapolated экстраполяция | computed расчёт
reason: source_revised источник пересмотрен | resettled решено заново | retracted отозвано | coding_error ошибка ввода | duplicate_merged дубликат объединён | reclassified переклассифицировано | method_changed метод изменён | undone отменено | withheld не публикуется
left_out_reason: date_unknown дата неизвестна | extends_beyond выходит за пределы периода | no_number нет числа | no_sum не суммируется | unit_unknown единица неизвестна | basis_unknown способ учёта неизвестен | extrapolated экстраполяция | computed расчёт | part_of_event часть более крупного события | part_of_total часть итога | superseded заменено | repeated повтор | overlap_unknown пересечение неизвестно
totals_key: month месяц | year год | country страна | place место | actor сторона | measure показатель | population категория | origin происхождение | unit единица
""")
COUNTRIES = names("""
AFI Французская территория афаров и исса | ANT Нидерландские Антильские острова | ATB Британская антарктическая территория | ATN Земля Королевы Мод | BUR Бирма | BYS Белорусская ССР
CSK Чехословакия | CTE острова Кантон и Эндербери | DDR Германская Демократическая Республика | DHY Дагомея | FXX Франция (метрополия) | GEL острова Гилберта и Эллис
HVO Верхняя Вольта | JTN атолл Джонстон | MID острова Мидуэй | NHB Новые Гебриды | NTZ нейтральная зона | PCI подопечная территория Тихоокеанские острова
PCZ зона Панамского канала | PUS прочие тихоокеанские острова США | RHO Южная Родезия | SCG Сербия и Черногория | SKM Сикким | SUN СССР
TMP Восточный Тимор | VDR Демократическая Республика Вьетнам | WAK остров Уэйк | YMD Народная Демократическая Республика Йемен | YUG Югославия | ZAR Заир
""")
MONTHS = "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре".split()  # Behind "в".
BEFORE_SECOND = re.compile(r"\bс (?=2\b)")  # "Со второго": two consonants follow, of which the first is "в".
UNITS = {
    "people": noun("человек", "человека", "человек", some="людей"), "households": noun("домохозяйство", "домохозяйства", "домохозяйств", N),
    "buildings": noun("здание", "здания", "зданий", N),
    "dwellings": noun("жилое помещение", "жилых помещения", "жилых помещений", N, "жилого помещения"),
    "settlements": noun("населённый пункт", "населённых пункта", "населённых пунктов", one_of="населённого пункта"),
    "square_kilometres": noun("квадратный километр", "квадратных километра", "квадратных километров", one_of="квадратного километра"),
    "kilometres": noun("километр", "километра", "километров"), "items": noun("единица", "единицы", "единиц", F),
    "events": noun("событие", "события", "событий", N),
}  # fmt: skip
POPULATIONS = {
    "all": UNITS["people"], "civilians": noun("мирный житель", "мирных жителя", "мирных жителей", one_of="мирного жителя"),
    "combatants": noun("комбатант", "комбатанта", "комбатантов"), "women": noun("женщина", "женщины", "женщин", F),
    "children": noun("ребёнок", "ребёнка", "детей"),
    "females": noun("женщина или девочка", "женщины или девочки", "женщин и девочек", F),
    "males": noun("мужчина или мальчик", "мужчины или мальчика", "мужчин и мальчиков"),
    "adults": noun("взрослый", "взрослых", "взрослых", one_of="взрослого"), "men": noun("мужчина", "мужчины", "мужчин"),
    "girls": noun("девочка", "девочки", "девочек", F), "boys": noun("мальчик", "мальчика", "мальчиков"),
    "infants": noun("ребёнок младшего возраста", "ребёнка младшего возраста", "детей младшего возраста"),
    "elderly": noun("пожилой человек", "пожилых человека", "пожилых людей", one_of="пожилого человека"),
    "media": noun("работник СМИ", "работника СМИ", "работников СМИ"),
    "medical": noun("медицинский работник", "медицинских работника", "медицинских работников", one_of="медицинского работника"),
    "aid_workers": noun("сотрудник гуманитарных или спасательных служб", "сотрудника гуманитарных или спасательных служб", "сотрудников гуманитарных или спасательных служб"),
    "peacekeepers": noun("миротворец", "миротворца", "миротворцев"),
    "unknown": noun("человек с неизвестным статусом", "человека с неизвестным статусом", "человек с неизвестным статусом", some="людей с неизвестным статусом"),
}  # fmt: skip
MEASURES = {
    "killed": verb("погиб", "погибла", "погибло"), "injured": verb("ранен", "ранена", "ранено"),
    "casualties": Wording(["потери (убитые, раненые, пропавшие, пленные): {counted}"], negated=False),
    "missing": verb("пропал без вести", "пропала без вести", "пропало без вести"),
    "displaced": verb("вынужденно перемещён", "вынужденно перемещена", "вынужденно перемещено", negative="не перемещено вынужденно"), "returned": verb("вернулся", "вернулась", "вернулось"),
    "detained": verb("лишён свободы", "лишена свободы", "лишено свободы"), "affected": verb("пострадал", "пострадала", "пострадало"),
    "settlements_captured": verb("взят под контроль", "взята под контроль", "взято под контроль"),
    "area_captured": verb("взят под контроль", "взята под контроль", "взято под контроль"),
    "buildings_damaged": verb("повреждён", "повреждена", "повреждено"), "buildings_destroyed": verb("разрушен", "разрушена", "разрушено"),
    "equipment_lost": verb("потерян", "потеряна", "потеряно", " военной техники"),
    "strikes": Wording(["нанесён {counted}", "нанесена {counted}", *["нанесено {counted}"] * 2], noun("удар", "удара", "ударов")),
    "distance": Wording(["расстояние: {counted}"], negated=False), "population": Wording(["население: {counted}"], negated=False),
}  # fmt: skip


class Russian(Slavic):
    governing = frozenset(
        "about at_least at_least_about more_than up_to up_to_about less_than fewer_than range about_range lower_bound upper_bound".split()
    )

    def say(self, message: str, *values: object) -> str:
        text = super().say(message, *values)
        return BEFORE_SECOND.sub("со ", text) if message in ("from_on", "from_to", "between") else text

    def month(self, date: dt.date) -> str:
        return f"{MONTHS[date.month - 1]} {date.year}\u202fг."

    def year(self, date: dt.date) -> str:
        return f"{date.year}\u202fг."


RUSSIAN = Russian("ru", "русский", MESSAGES, LABELS, COUNTRIES, UNITS, POPULATIONS, MEASURES)
