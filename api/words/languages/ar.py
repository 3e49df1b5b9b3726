"""Arabic. A noun of action stands before the number; one and two are said by the noun alone; names in other scripts are isolated."""

from __future__ import annotations

import datetime as dt

from ..grammar import ONE, OTHER, F, Language, M, Noun, Part, Wording, labels, names

MESSAGES = {
    "comma": "، ", "semicolon": "؛ ", "colon": ": ", "and": " و", "but": " لكن ",
    "number": "{}", "about": "نحو {}", "at_least": "ما لا يقل عن {}", "at_least_about": "ما لا يقل تقريبا عن {}", "more_than": "أكثر من {}",
    "up_to": "ما لا يزيد على {}", "up_to_about": "ما لا يزيد تقريبا على {}", "less_than": "أقل من {}", "fewer_than": "أقل من {}",
    "range": "ما بين {} و{}", "about_range": "ما يتراوح تقريبا بين {} و{}", "best_estimate": "أفضل تقدير {}", "lower_bound": "الحد الأدنى {}",
    "upper_bound": "الحد الأعلى {}", "contradictory": "الأرقام متناقضة",
    "none": "صفر", "no_m": "أي {}", "no_f": "أي {}", "no_n": "أي {}", "unknown": "عدد غير معروف", "unknown_of": "عدد غير معروف من {}",
    "among": " (الفئة: {})", "counted_for": "الطرف المعني: {}", "suffered": "الطرف المتضرر: {}", "did": "(الطرف: {})",
    "running_total": "إجمالي تراكمي", "no_upper_bound": "من دون ذكر حد أعلى", "unit_not_stated": "الوحدة غير مذكورة",
    "place_in": "المكان: {}", "place_at": "المكان: {}", "place_near": "قرب: {}",
    "on": "في {}", "around": "قرابة {}", "from_on": "ابتداء من {}", "up_to_day": "حتى {}", "not_before": "ليس قبل {}", "not_after": "ليس بعد {}",
    "from_to": "من {} إلى {}", "between": "بين {} و{}", "in_period": "في {}", "as_of": "كما في {}", "undated": "في تاريخ غير محدد",
    "precision_unstated": "دقة التاريخ غير مذكورة", "within": "اليوم غير معروف بالضبط، {}",
    "within_2": "بهامش خطأ من يومين إلى ستة أيام", "within_3": "بهامش خطأ يبلغ أسبوعا أو أسبوعين", "within_4": "بهامش خطأ يبلغ شهرا",
    "within_5": "بهامش خطأ يبلغ سنة",
    "start_not_stated": "البداية غير مذكورة", "end_not_stated": "النهاية غير مذكورة",
    "event": "الحدث: {}", "according": "بحسب {}", "reported_by": "{} (المصدر الناقل: {})", "unnamed_source": "مصدر غير مسمى",
    "term_counted": "الفئة", "term_actor": "الطرف", "term_place": "", "term_basis": "أساس العد", "term_period": "الفترة",
    "disputed": "محل خلاف", "more": "؛ روايات أخرى: {}", "rival": "{} بحسب {}",
    "in_another_event": "في حدث آخر (\u2068{}\u2069)", "in_the_place": "(المكان: \u2068{}\u2069)", "for_the_actor": "(الطرف: \u2068{}\u2069)",
    "in_a_period": "خلال فترة", "at_one_time": "في وقت معين", "period_not_stated": "الفترة غير مذكورة", "a_period": "الفترة: {}",
    "another_event": "حدث آخر", "another_measure": "مؤشر آخر", "another_population": "فئة أخرى",
    "another_actor": "طرف آخر", "another_location": "مكان آخر", "another_basis": "أساس آخر",
    "further_count": "، وعدد غير معروف في إحصاء آخر", "further_counts": "، وعدد غير معروف في {}",
    "covered_days": "الأيام المشمولة بالإحصاء: {} من {}",
    "other_days": "إحصاءات قد تشمل أياما أخرى: {}",
    "partial_sum": "قد يكون المجموع جزئيا؛ عدد الإحصاءات المجموعة: {}",
    "no_bounds": "لم يُذكر حد أدنى ولا حد أعلى", "contradicted": "بعض الأرقام متناقضة", "partial": "التقديرات لا تشمل إلا جزءا مما أُحصي",
    "overlaps": "لم تُجمع الإحصاءات التي قد تشمل الأشخاص أنفسهم",
    "by_estimate": "بالتقدير: {}", "in_all": "{} في المجموع", "origins": "أصل الأرقام: {}", "count_at_a_time": "إحصاء في وقت معين",
    "latest_count": "آخر إحصاء {}",
    "running_total_to": "إجمالي تراكمي حتى {}", "running_totals_to": "إجماليات تراكمية، آخرها حتى {}",
    "count_as_of": "إحصاء كما في {}", "counts_as_of": "إحصاءات، آخرها كما في {}",
}  # fmt: skip
LABELS = labels("""
source_kind: article مقال | agency_report تقرير وكالة أنباء | report تقرير | dataset مجموعة بيانات | statement بيان | post منشور | video فيديو | image صورة | book كتاب | gazetteer معجم جغرافي | testimony شهادة | other غير ذلك
reliability: A موثوق تماما | B موثوق عادة | C موثوق إلى حد ما | D غير موثوق عادة | E غير موثوق | F تعذر تقييم الموثوقية
credibility: 1 مؤكد | 2 صحيح على الأرجح | 3 ربما كان صحيحا | 4 مشكوك فيه | 5 مستبعد | 6 تعذر تقييم المصداقية
rank: preferred مفضل | normal عادي | deprecated مهمل
actor_kind: state دولة | government حكومة | state_forces قوات الدولة | external_forces قوات خارجية | rebel_group جماعة متمردة | political_militia ميليشيا سياسية | identity_militia ميليشيا أهلية | coalition تحالف | collective تجمع | international_organisation منظمة دولية | organisation منظمة | person شخص | civilians مدنيون | unknown غير معروف
location_kind: country بلد | admin1 وحدة إدارية من المستوى الأول | admin2 وحدة إدارية من المستوى الثاني | admin3 وحدة إدارية من المستوى الثالث | settlement بلدة | site موقع | area منطقة
event_kind: war حرب | offensive هجوم | battle معركة | entry دخول | capture سيطرة | withdrawal انسحاب | air_strike غارة جوية | air_support إسناد جوي | shelling قصف | explosion انفجار | attack_on_civilians هجوم على مدنيين | protest احتجاج | crackdown قمع | insurgency تمرد | intervention تدخل | arms_supply توريد أسلحة | displacement نزوح | disaster كارثة | return عودة | agreement اتفاق | statement بيان | other غير ذلك
violence: state_based نزاع تشارك فيه دولة (UCDP 1) | non_state نزاع بين غير الدول (UCDP 2) | one_sided عنف من طرف واحد (UCDP 3)
date_precision: 1 اليوم بالضبط | 2 من يومين إلى ستة أيام | 3 أسبوع | 4 شهر | 5 أكثر من شهر
place_precision: 1 المكان بالضبط | 2 قرب المكان | 3 وحدة إدارية من المستوى الثاني | 4 وحدة إدارية من المستوى الأول | 5 منطقة ممتدة أو غير محددة | 6 بلد | 7 مياه أو أجواء دولية
clarity: 1 عالٍ | 2 منخفض
role: side_a الطرف أ | side_b الطرف ب | supports_a يدعم الطرف أ | supports_b يدعم الطرف ب | target هدف | affected متضرر | agent فاعل
measure: killed القتلى | injured الجرحى | casualties الخسائر البشرية | missing المفقودون | displaced النازحون | returned العائدون | detained المحتجزون | affected المتضررون | settlements_captured البلدات المسيطر عليها | area_captured المساحة المسيطر عليها | buildings_damaged المباني المتضررة | buildings_destroyed المباني المدمرة | equipment_lost العتاد المفقود | strikes الضربات | distance المسافة | population عدد السكان
population: all جميع الناس | civilians المدنيون | combatants المقاتلون | women النساء | children الأطفال | females الإناث | males الذكور | adults البالغون | men الرجال | girls الفتيات | boys الفتيان | infants صغار الأطفال | elderly المسنون | media الإعلاميون | medical العاملون الطبيون | aid_workers العاملون في الإغاثة والإنقاذ | peacekeepers أفراد حفظ السلام | unknown غير معروف
quantifier: exact بالضبط | approximately نحو | more_than أكثر من | at_least ما لا يقل عن | less_than أقل من | at_most ما لا يزيد على | between ما بين
unit: people أشخاص | households أسر | buildings مبان | dwellings مساكن | settlements بلدات | square_kilometres كيلومترات مربعة | kilometres كيلومترات | items قطع | events أحداث
basis: flow خلال فترة | stock في وقت معين | cumulative تراكمي
origin: reported رقم مبلغ عنه | estimated تقدير | extrapolated استقراء | computed رقم محسوب
reason: source_revised نقّح المصدر بياناته | resettled حُسم من جديد | retracted سُحب | coding_error خطأ في الإدخال | duplicate_merged دُمج المكرر | reclassified أُعيد تصنيفه | method_changed تغيرت الطريقة | undone أُلغي | withheld محجوب
left_out_reason: date_unknown التاريخ غير معروف | extends_beyond يتجاوز الفترة | no_number بلا رقم | no_sum لا يُجمع | unit_unknown الوحدة غير معروفة | basis_unknown أساس العد غير معروف | extrapolated استقراء | computed محسوب | part_of_event جزء من حدث أكبر | part_of_total جزء من مجموع | superseded حل محله غيره | repeated مكرر | overlap_unknown التداخل غير معروف
totals_key: month الشهر | year السنة | country البلد | place المكان | actor الطرف | measure المؤشر | population الفئة | origin أصل الرقم | unit الوحدة
""")
COUNTRIES = names("""
AFI الإقليم الفرنسي للعفر والعيسى | ANT جزر الأنتيل الهولندية | ATB إقليم أنتاركتيكا البريطاني | ATN أرض الملكة مود | BUR بورما | BYS جمهورية بيلاروسيا السوفيتية
CSK تشيكوسلوفاكيا | CTE جزيرتا كانتون وإندربري | DDR جمهورية ألمانيا الديمقراطية | DHY داهومي | FXX فرنسا (القارية) | GEL جزر غيلبرت وإليس
HVO فولتا العليا | JTN جزيرة جونستون | MID جزر ميدواي | NHB نيو هبريدس | NTZ المنطقة المحايدة | PCI إقليم جزر المحيط الهادئ المشمول بالوصاية
PCZ منطقة قناة بنما | PUS جزر متفرقة في المحيط الهادئ (الولايات المتحدة) | RHO روديسيا الجنوبية | SCG صربيا والجبل الأسود | SKM سيكيم | SUN الاتحاد السوفيتي
TMP تيمور الشرقية | VDR جمهورية فيتنام الديمقراطية | WAK جزيرة ويك | YMD جمهورية اليمن الديمقراطية الشعبية | YUG يوغوسلافيا | ZAR زائير
""")


def noun(text: str, some: str, gender: str = M) -> Noun:
    """A noun from its forms for one, two, three to ten, eleven to ninety-nine and a hundred, all in the genitive, and with its article."""
    one, two, few, many, other = text.split(" / ")
    return Noun({ONE: one, "two": two, "few": few, "many": many, OTHER: other, "zero": other}, some, gender, {ONE: other})


PERSON = noun("شخص واحد / شخصين / أشخاص / شخصا / شخص", "الأشخاص")
FURTHER = noun("إحصاء آخر / إحصاءين آخرين / إحصاءات أخرى / إحصاء آخر / إحصاء آخر", "الإحصاءات الأخرى")
UNITS = {
    "people": PERSON, "households": noun("أسرة واحدة / أسرتين / أسر / أسرة / أسرة", "الأسر", F),
    "buildings": noun("مبنى واحد / مبنيين / مبان / مبنى / مبنى", "المباني"), "dwellings": noun("مسكن واحد / مسكنين / مساكن / مسكنا / مسكن", "المساكن"),
    "settlements": noun("بلدة واحدة / بلدتين / بلدات / بلدة / بلدة", "البلدات", F),
    "square_kilometres": noun("كيلومتر مربع واحد / كيلومترين مربعين / كيلومترات مربعة / كيلومترا مربعا / كيلومتر مربع", "الكيلومترات المربعة"),
    "kilometres": noun("كيلومتر واحد / كيلومترين / كيلومترات / كيلومترا / كيلومتر", "الكيلومترات"),
    "items": noun("قطعة واحدة / قطعتين / قطع / قطعة / قطعة", "القطع", F), "events": noun("حدث واحد / حدثين / أحداث / حدثا / حدث", "الأحداث"),
}  # fmt: skip
POPULATIONS = {
    "all": PERSON, "civilians": noun("مدني واحد / مدنيين اثنين / مدنيين / مدنيا / مدني", "المدنيين"),
    "combatants": noun("مقاتل واحد / مقاتلين اثنين / مقاتلين / مقاتلا / مقاتل", "المقاتلين"),
    "women": noun("امرأة واحدة / امرأتين / نساء / امرأة / امرأة", "النساء", F), "children": noun("طفل واحد / طفلين / أطفال / طفلا / طفل", "الأطفال"),
    "females": noun("أنثى واحدة / أنثيين / إناث / أنثى / أنثى", "الإناث", F), "males": noun("ذكر واحد / ذكرين / ذكور / ذكرا / ذكر", "الذكور"),
    "adults": noun("بالغ واحد / بالغين اثنين / بالغين / بالغا / بالغ", "البالغين"), "men": noun("رجل واحد / رجلين / رجال / رجلا / رجل", "الرجال"),
    "girls": noun("فتاة واحدة / فتاتين / فتيات / فتاة / فتاة", "الفتيات", F), "boys": noun("فتى واحد / فتيين / فتيان / فتى / فتى", "الفتيان"),
    "infants": noun("طفل صغير واحد / طفلين صغيرين / أطفال صغار / طفلا صغيرا / طفل صغير", "الأطفال الصغار"),
    "elderly": noun("مسن واحد / مسنين اثنين / مسنين / مسنا / مسن", "المسنين"),
    "media": noun("إعلامي واحد / إعلاميين اثنين / إعلاميين / إعلاميا / إعلامي", "الإعلاميين"),
    "medical": noun("عامل طبي واحد / عاملين طبيين اثنين / عاملين طبيين / عاملا طبيا / عامل طبي", "العاملين الطبيين"),
    "aid_workers": noun("عامل واحد في الإغاثة أو الإنقاذ / عاملين اثنين في الإغاثة أو الإنقاذ / عاملين في الإغاثة أو الإنقاذ / عاملا في الإغاثة أو الإنقاذ / عامل في الإغاثة أو الإنقاذ", "العاملين في الإغاثة والإنقاذ"),
    "peacekeepers": noun("فرد واحد من قوات حفظ السلام / فردين من قوات حفظ السلام / أفراد من قوات حفظ السلام / فردا من قوات حفظ السلام / فرد من قوات حفظ السلام", "أفراد قوات حفظ السلام"),
    "unknown": noun("شخص واحد مجهول الصفة / شخصين مجهولي الصفة / أشخاص مجهولي الصفة / شخصا مجهول الصفة / شخص مجهول الصفة", "الأشخاص المجهولي الصفة"),
}  # fmt: skip
MEASURES = {
    "killed": Wording(["مقتل {counted}"]), "injured": Wording(["إصابة {counted} بجروح"]),
    "casualties": Wording(["سقوط {counted} بين قتيل وجريح ومفقود وأسير"]), "missing": Wording(["فقدان {counted}"]),
    "displaced": Wording(["نزوح {counted}"]), "returned": Wording(["عودة {counted}"]), "detained": Wording(["احتجاز {counted}"]),
    "affected": Wording(["تضرر {counted}"]), "settlements_captured": Wording(["السيطرة على {counted}"]),
    "area_captured": Wording(["السيطرة على {counted}"]), "buildings_damaged": Wording(["تضرر {counted}"]),
    "buildings_destroyed": Wording(["تدمير {counted}"]), "equipment_lost": Wording(["خسارة {counted}"], noun("قطعة واحدة من العتاد / قطعتين من العتاد / قطع من العتاد / قطعة من العتاد / قطعة من العتاد", "قطع العتاد", F)),
    "strikes": Wording(["تنفيذ {counted}"], noun("ضربة واحدة / ضربتين / ضربات / ضربة / ضربة", "الضربات", F)),
    "distance": Wording(["مسافة {counted}"], negated=False), "population": Wording(["وجود {counted} من السكان"]),
}  # fmt: skip


class Arabic(Language):
    script = "[\u0600-\u06ff]"
    rtl = True
    negation = "عدم {}"

    def year(self, date: dt.date) -> str:
        return f"عام {date.year}"

    def say(self, message: str, *values: object) -> str:
        if message != "further_counts":
            return super().say(message, *values)
        category = self.category(str(values[0]).replace(",", ""))
        counts = FURTHER.form(category, governed=False)
        return super().say(message, counts if category == "two" else f"{values[0]} {counts}")

    def _part(self, part: Part, noun: Noun | None) -> str:
        category = self.category(part.numbers[-1]) if noun and part.numbers else ""
        if noun is None or category not in (ONE, "two"):
            return super()._part(part, noun)
        if len(part.numbers) == 1:  # The noun says the number itself.
            return self.say(part.message, noun.form(category, governed=False))
        return f"{self.say(part.message, *map(self.number, part.numbers))} من {noun.some}"


ARABIC = Arabic("ar", "العربية", MESSAGES, LABELS, COUNTRIES, UNITS, POPULATIONS, MEASURES)
