"""Words by which a cell says that its row sums others, in the languages in which tables of the field are written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

# No place has one of these words for its whole name.
TOTALS = """
total|totals|totales|totalen|totaux|grand total|general total|overall total|running total|sub total|subtotal|sub totals|subtotals|sum total|all|total général|sous total|
ensemble|totale|totale generale|subtotale|gesamt|gesamtsumme|gesamtzahl|insgesamt|zwischensumme|suma total|total general|total geral|totais|totaal|subtotaal|
totalt|ogółem|razem|celkem|összesen|toplam|genel toplam|ara toplam|jumlah|σύνολο|итого|всего|общий итог|усього|всього|разом|المجموع|الإجمالي|المجموع الكلي|
المجموع العام|مجموع|إجمالي|جمع کل|סה"כ|合计|总计|小计|共计|合計|總計|総計|小計|합계|총계|စုစုပေါင်း|ድምር|tổng cộng|σ|∑|
gesamtergebnis|ergebnis|eindtotaal|suma końcowa|celkový součet|totalsumma|hovedtotal|végösszeg|загальний підсумок|итог|ukupno|укупно|gjithsej|
ընդամենը|სულ|cəmi|yekun|মোট|সর্বমোট|जम्मा|کۆی گشتی|wadarta|รวม|รวมทั้งหมด|รวมทั้งสิ้น|الإجمالى|הכל|סך הכל|סה״כ|ttl
"""
# These are also names of places, or words for a level that may have numbers of its own.
DOUBTFUL = "both|both sexes|both genders|beide|beide geschlechter|les deux|les deux sexes|ambos|ambos sexos|оба|оба пола|كلا الجنسين|sum|somme|summe|summa|suma|soma|jumla|overall|national|nationwide|countrywide|whole country|entire country|average|mean|median|cumulative|cumulated|moyenne|cumul|promedio|acumulado|durchschnitt|среднее|المتوسط|المعدل|کل|कुल|योग|tot|ټول|مجموعه|مجموعہ"
# What follows or precedes a total without being the name of anything: "All regions", "Total killed".
UNNAMED = """
country|countries|region|regions|province|provinces|district|districts|governorate|governorates|state|states|oblasts|area|areas|place|places|location|
locations|site|sites|city|cities|town|towns|community|communities|sector|sectors|zones|killed|dead|deaths|fatalities|injured|wounded|casualties|affected|
displaced|people|persons|individuals|events|incidents|victims|above|general|overall|régions|départements|pays|morts|tués|regiones|departamentos|muertos
"""
JOINING = ("for", "in", "of", "the", "de", "del", "di", "du", "des", "da", "do", "la", "le", "les", "pour", "los", "las")
# What a line below a table begins with that says something of the table, and no place does: "Source: …", "* preliminary".
NOTE_PATTERN = (
    r"(?i)\s*([*†‡©]|\(c\)|((data )?sources?|notes?|n\.?b\.?|remarks?|comments?|disclaimer|legend|last updated?|updated( on)?|as of|prepared by|compiled by|copyright|contact|"
    r"fuentes?|notas?|quellen?|anmerkung(en)?|remarques?|fonte|источник|примечани[ея]|джерело|примітка|المصدر|المصادر|ملاحظة|ملاحظات)\s*[:：—–-]).*"
)
MAX_LABEL_LENGTH = 80  # Characters. Longer cells are sentences.


@dataclass(frozen=True)
class TotalLabel:
    """What a cell says of its row: `of` is the folded name of what is summed, empty if the cell is a word for a total alone.

    `doubtful`: the word is also the name of places. `every`: the word is "all", which names of places begin with. `last`: the word stands after the name.
    """

    of: str = ""
    doubtful: bool = False
    every: bool = False
    last: bool = False


def folded(text: str) -> str:
    """A text in small letters, without accents, with one space in place of everything that is no part of a word.

    Accents are what can be left out above, below or in a letter, such as é and the vowels of Arabic. Those of scripts of India and its neighbors are
    letters: without them, काली (Cali) would be कुल, a word for a total.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower().replace("∑", "σ")) if not _is_accent(c))
    return " ".join("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain).split())


def _is_accent(character: str) -> bool:
    """By Unicode's combining class: 10 to 35 are the points of Hebrew, Arabic and Syriac, from 200 on those of all alphabets; other signs are letters."""
    return 10 <= unicodedata.combining(character) <= 35 or unicodedata.combining(character) >= 200


@cache
def _words(listed: str) -> frozenset[str]:
    return frozenset(folded(word) for word in listed.replace("\n", "").split("|"))


def words_for_totals() -> list[str]:
    """The words of which a cell that says something of its row has one, as they are written and folded, in small letters."""
    said = {word.strip() for listed in (TOTALS, DOUBTFUL) for word in listed.replace("\n", "").split("|")}
    heads = [word for word in said if not any(other in said for other in word.split() if other != word)]
    spaced = [" ".join(word) for word in heads if word.isalpha() and len(word) > 1]  # 合 計, T O T A L
    return sorted({spelled for word in (*heads, *spaced) for spelled in (word, folded(word))})


def total_label(text: str) -> TotalLabel | None:
    """What a cell says of its row; None if it has no word for a total. A name that only begins with the letters of one has none."""
    if len(text) > MAX_LABEL_LENGTH:
        return None
    words = folded(text).split()
    while words and words[-1].isdecimal():  # "Total 2024", "Total (1)"
        words.pop()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    whole = " ".join(words)
    if whole in _words(TOTALS):
        return TotalLabel(every=whole == "all")
    if whole in _words(DOUBTFUL):
        return TotalLabel(doubtful=True)
    for length in range(len(words) - 1, 0, -1):
        for said, rest, last in ((words[:length], words[length:], False), (words[-length:], words[:-length], True)):
            if (word := " ".join(said)) in _words(TOTALS):
                return _label_of(word, rest, last)
    return None


def _label_of(word: str, rest: list[str], last: bool) -> TotalLabel:
    """The label with a word for a total beside others."""
    while rest and rest[0] in JOINING:
        rest = rest[1:]
    of = " ".join(rest)
    return TotalLabel("" if of in _words(UNNAMED) else of, every=word == "all", last=last)
