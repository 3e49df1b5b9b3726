"""Rows that sum others and have no word for it: a year beside its months, a country beside its towns. None counts twice, and none is dropped by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.mapped_claims import claims
from ..support.properties import cases

PLACES = "Country,Place,Date,Killed\n#country+name,#loc+name,#date,#affected+killed\n"
NUMBERS = "Country,Place,Date,Killed,Injured\n#country+name,#loc+name,#date,#affected+killed,#affected+injured\n"
REGIONS = "Region,District,Date,Killed\n#adm1+name,#adm2+name,#date,#affected+killed\n"
SPANS = "Place,From,To,Killed\n#loc+name,#date+start,#date+end,#affected+killed\n"
TOWNS = "Place,Date,Killed\n#loc+name,#date,#affected+killed\n"
TOTAL, POSSIBLE = {"total_row"}, {"possible_total"}
MONTHS = "".join(f"Syria,{place},2024-{month:02},{number}\n" for place, number in (("A", 1), ("B", 2)) for month in range(1, 13))
TABLES: dict[str, tuple[str, list[int], set[str]]] = {  # The numbers of killed that count, and the flags.
    "a year and two months": (f"{PLACES}Syria,A,2024-01,12\nSyria,A,2024-02,5\nSyria,A,2024,17\n", [5, 12], TOTAL),
    "a year above its months": (f"{PLACES}Syria,A,2024,17\nSyria,A,2024-01,12\nSyria,A,2024-02,5\n", [5, 12], TOTAL),
    "years, of several places": (f"{PLACES}{MONTHS}Syria,A,2024,12\nSyria,B,2024,24\n", sorted([1, 2] * 12), TOTAL),
    "years, one of which is wrong": (
        f"{PLACES}{MONTHS}Syria,A,2024,12\nSyria,B,2024,24\nSyria,A,2023-01,9\nSyria,A,2023-02,8\nSyria,A,2023,17\nSyria,B,2023-01,7\nSyria,B,2023-02,8\nSyria,B,2023,51\n",
        sorted([*([1, 2] * 12), 9, 8, 7, 8, 51]), TOTAL | POSSIBLE,
    ),
    "a year beside one month of another place": (f"{PLACES}Syria,A,2024-01,12\nSyria,B,2024-02,5\nSyria,A,2024,17\n", [5, 12, 17], set()),
    "months of days, quarters and a year": (
        f"{SPANS}A,2024-01-03,2024-01-03,4\nA,2024-01-09,2024-01-09,7\nA,2024-01-01,2024-01-31,11\nA,2024-02-01,2024-02-29,10\nA,2024-01-01,2024-03-31,21\nA,2024-05-01,2024-05-02,3\nA,2024-01-01,2024-12-31,24\n",
        [3, 4, 7, 10], TOTAL,
    ),
    "a month with the sum of two incidents by accident": (f"{TOWNS}A,2024-03-01,1\nA,2024-03-09,1\nA,2024-03,2\n", [1, 1, 2], POSSIBLE),
    "a month that is no sum": (f"{TOWNS}A,2024-03-01,12\nA,2024-03-09,5\nA,2024-03,3\n", [3, 5, 12], set()),
    "one month of four that is a sum": (
        f"{TOWNS}A,2024-03-01,12\nA,2024-03-09,5\nA,2024-03,17\n" + "".join(f"{town},2024-03-01,12\n{town},2024-03-09,5\n{town},2024-03,2\n" for town in "BCD"),
        sorted([12, 5, 17, *([12, 5, 2] * 3)]), POSSIBLE,
    ),
    "a month with more than its days": (f"{TOWNS}A,2024-03-01,12\nA,2024-03-09,5\nA,2024-03,20\n", [5, 12, 20], POSSIBLE),
    "a month and a day with one number": (f"{TOWNS}A,2024-03-01,15\nA,2024-03,15\nB,2024-03-02,1\n", [1, 15, 15], set()),
    "the country's name as a place": (f"{PLACES}Mali,Gao,2024-01,12\nMali,Kidal,2024-01,5\nMali,Mali,2024-01,17\n", [5, 12], TOTAL),
    "the country's name as a place, with two numbers": (
        f"{NUMBERS}Mali,Gao,2024-01,12,3\nMali,Kidal,2024-01,5,4\nMali,Mali,2024-01,17,7\n", [5, 12], TOTAL,
    ),
    "the country's name, and no column of countries": (f"{TOWNS}Mali,2024-01,17\nGao,2024-01,12\nKidal,2024-01,5\n", [5, 12], TOTAL),
    "countries and no place in them": (f"{TOWNS}Mali,2024-01,17\nNiger,2024-01,12\nChad,2024-01,5\n", [5, 12, 17], set()),
    "each year of a country, whose places have months": (
        f"{PLACES}{MONTHS}Syria,A,2024,12\nSyria,B,2024,24\n" + "".join(f"Syria,Syria,2024-{month:02},3\n" for month in range(1, 13)) + "Syria,Syria,2024,36\n",
        sorted([1, 2] * 12), TOTAL,
    ),
    "regions beside their districts": (
        f"{REGIONS}Aleppo,Aleppo,2024,17\nAleppo,Azaz,2024,12\nAleppo,Afrin,2024,5\nIdlib,Idlib,2024,3\nIdlib,Harim,2024,1\nIdlib,Ariha,2024,2\n", [1, 2, 5, 12], TOTAL,
    ),
    "districts with the names of their regions": (
        f"{REGIONS}Aleppo,Aleppo,2024,30\nAleppo,Azaz,2024,12\nAleppo,Afrin,2024,5\nIdlib,Idlib,2024,3\nIdlib,Harim,2024,1\nIdlib,Ariha,2024,2\n",
        [1, 2, 3, 5, 12, 30], POSSIBLE,
    ),
    "a region of a single district, where regions are sums": (
        f"{REGIONS}A,A,2024,17\nA,P,2024,12\nA,Q,2024,5\nB,B,2024,9\nB,R,2024,4\nB,S,2024,5\nC,C,2024,5\nC,T,2024,5\n", [4, 5, 5, 5, 12], TOTAL,
    ),
    "both sexes": ("Sex,Date,Killed\n#meta+sex,#date,#affected+killed\nMale,2024,12\nFemale,2024,5\nBoth sexes,2024,17\nMale,2023,2\nFemale,2023,1\nBoth,2023,3\n", [1, 2, 5, 12], TOTAL),
    "overall": (f"{PLACES}Mali,Gao,2024-01,12\nMali,Kidal,2024-01,5\nMali,Overall,2024-01,17\n", [5, 12], TOTAL),
    "a word of no list, and the sum of all rows": (f"{TOWNS}Gao,2024-01,12\nKidal,2024-01,5\nTimbuktu,2024-01,8\nEverybody,2024-01,25\n", [5, 8, 12, 25], POSSIBLE),
}  # fmt: skip


# One of each way of summing, and of each way of only seeming to sum. Rows that sum years are in the test of the receipt.
USUAL = [
    "months of days, quarters and a year", "a month with the sum of two incidents by accident", "one month of four that is a sum",
    "the country's name as a place, with two numbers", "regions beside their districts", "districts with the names of their regions",
    "both sexes", "a word of no list, and the sum of all rows",
]  # fmt: skip


@pytest.mark.parametrize("name", cases(TABLES, USUAL))
def test_everybody_is_counted_once(name: str, tmp_path: Path) -> None:
    text, killed, flags = TABLES[name]
    (tmp_path / "a.csv").write_text(text, "utf-8")
    found = claims(tmp_path / "a.csv", tmp_path, same_rows="keep")
    assert sorted(int(figure["best"]) for figure in found["figure"] if figure["measure"] == "killed") == killed
    assert ({*found.intake.flags}, found.intake.problems) == (flags, 0)


def test_the_receipt_names_rows_that_are_taken_for_sums(tmp_path: Path) -> None:
    text, *_ = TABLES["years, one of which is wrong"]
    (tmp_path / "a.csv").write_text(text, "utf-8")
    warnings = claims(tmp_path / "a.csv", tmp_path, same_rows="keep").file.warnings
    left_out, kept = "of days within its own, and is left out", "of days within its own, and is counted"
    assert [line for line in warnings if "other rows" in line] == [
        f"record 25 (2024) has the sum of 12 other rows {left_out}: #affected+killed 12; if other people are meant, load it from a file of its own",
        f"record 26 (2024) has the sum of 12 other rows {left_out}: #affected+killed 24; if other people are meant, load it from a file of its own",
        f"record 29 (2023) has the sum of 2 other rows {left_out}: #affected+killed 17; if other people are meant, load it from a file of its own",
        f"record 32 (2023) may sum 2 other rows {kept}: #affected+killed is 51, and other rows add up to 15; if it is a total, remove it from the file",
    ]
