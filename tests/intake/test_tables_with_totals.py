"""Tables with totals as publishers make them: nobody is counted twice, and no true row is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema.formats.total_words import total_label

from ..support.mapped_claims import claims

PROVINCES = "Province,District,Date,Killed,Injured\n#adm1+name,#adm2+name,#date,#affected+killed,#affected+injured\n"
OBLASTS = "Область,Месяц,Погибло\n#adm1+name,#date,#affected+killed\n"
TABLES: dict[str, tuple[str, list[int], set[str]]] = {  # The numbers of killed that count, and the flags.
    "a total on top": (f"{PROVINCES}Total,,2024,30,6\nA,a1,2024,10,2\nA,a2,2024,5,1\nB,b1,2024,15,3\n", [5, 10, 15], {"total_row"}),
    "a total at the bottom": (f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nB,b1,2024,15,3\nTotal général,,,30,6\n", [5, 10, 15], {"total_row"}),
    "subtotals": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,Sub-total,2024,15,3\nB,b1,2024,15,3\nB,Sub-total,2024,15,3\nGrand total,,,30,6\n",
        [5, 10, 15], {"total_row"},
    ),
    "subtotals by name, one of a single row": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA Total,,2024,15,3\nB,b1,2024,15,3\nB Total,,2024,15,3\nGrand Total,,,30,6\n",
        [5, 10, 15], {"total_row"},
    ),
    "months in Russian": (f"{OBLASTS}Север,2024-01,10\nЮг,2024-01,5\nСевер,2024-02,1\nИтого:,,16\n", [1, 5, 10], {"total_row"}),
    "Arabic": ("#adm1+name,#date,#affected+killed\nحلب,2024-01,10\nإدلب,2024-01,5\nالمجموع,,15\n", [5, 10], {"total_row"}),
    "no word": (f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\n,,,15,3\n", [5, 10], {"total_row"}),
    "blank subtotals": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,,2024,15,3\nB,b1,2024,15,3\nB,b2,2024,1,0\nB,,2024,16,3\n", [1, 5, 10, 15], {"total_row"},
    ),
    "blank subtotals, one of a single row, and a blank total": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,,2024,15,3\nB,b1,2024,15,3\nB,,2024,15,3\n,,,30,6\n", [5, 10, 15], {"total_row"},
    ),
    "blank subtotals and a total in words": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,,2024,15,3\nB,b1,2024,15,3\nB,b2,2024,1,0\nB,,2024,16,3\nTotal,,,31,6\n",
        [1, 5, 10, 15], {"total_row"},
    ),
    "one blank district that may be a subtotal": (
        f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,,2024,15,3\nB,b1,2024,15,3\nB,b2,2024,1,0\n", [1, 5, 10, 15, 15], {"possible_total"},
    ),
    "an unknown district": (f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nA,,2024,4,3\nB,b1,2024,15,3\n", [4, 5, 10, 15], set()),
    "a blank total that is wrong": (f"{PROVINCES}A,a1,2024,10,2\nB,b1,2024,15,3\n,,,26,5\n", [10, 15, 26], {"possible_total"}),
    "rows without a label": ("#adm1+name,#date,#affected+killed\n,,3\n,,4\n", [3, 4], set()),
    "a sigma": (f"{PROVINCES}A,a1,2024,10,2\nB,b1,2024,15,3\nΣ,,,25,5\n", [10, 15], {"total_row"}),
    "a word of no list, and the sums of all rows": (f"{PROVINCES}A,a1,2024,10,2\nA,a2,2024,5,1\nB,b1,2024,15,3\nCombined,,2024,30,6\n", [5, 10, 15, 30], {"possible_total"}),
    "a row that is small by accident what others are together": (f"{PROVINCES}A,a1,2024,1,2\nA,a2,2024,5,1\nB,b1,2024,6,3\n", [1, 5, 6], set()),
    "a district called Total": (f"{PROVINCES}A,Total,2024,4,0\nA,a2,2024,9,6\nB,b1,2024,15,3\n", [4, 9, 15], {"possible_total"}),
    "a town called Totale": ("#loc+name,#date,#affected+killed\nTotale,2024-01-01,4\nX,2024-01-02,5\nY,2024-01-02,7\n", [4, 5, 7], {"possible_total"}),
}  # fmt: skip


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", TABLES)
def test_everybody_is_counted_once(name: str, tmp_path: Path) -> None:
    text, killed, flags = TABLES[name]
    (tmp_path / "a.csv").write_text(text, "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert sorted(int(figure["best"]) for figure in found["figure"] if figure["measure"] == "killed") == killed
    assert ({*found.intake.flags}, found.intake.problems) == (flags, 0)
    assert bool(found.file.sums) == ("total_row" in flags)


WORDS = (
    "Gesamtergebnis|Damaskus Ergebnis|Eindtotaal|Suma końcowa|Celkový součet|Totalsumma|Hovedtotal|Végösszeg|Загальний підсумок|Ukupno|Укупно|Gjithsej|Ընդամենը|სულ|Cəmi|"
    "Yekun|মোট|সর্বমোট|जम्मा|ټول|مجموعه|مجموعہ|کۆی گشتی|Wadarta|รวม|Итог|الإجمالى|הכל|סך הכל|סה״כ|合 計|T O T A L|Tot.|TTL|Totales|Totaux|∑"
).split("|")  # fmt: skip


def test_totals_in_the_languages_of_the_field_are_known(tmp_path: Path) -> None:
    """One table: each total is that of a day of its own."""
    days = [f"2024-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 29)]
    rows = "".join(f"A{n},{day},3,1\nB{n},{day},4,2\n{word},{day},7,3\n" for n, (word, day) in enumerate(zip(WORDS, days, strict=False)))
    (tmp_path / "a.csv").write_text(f"#loc+name,#date,#affected+killed,#affected+injured\n{rows}", "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path)
    assert {one["name"] for one in found["location"]} & {*WORDS} == set()
    assert (found.file.sums, found.intake.problems) == (len(WORDS), 0)
    assert [total_label(name) for name in ("Tottenham", "Ergebnisplatz", "Ukupnovo", "T O", "เรือรวม")] == [None] * 5
