"""The names of countries: those that OCHA and the United Nations write are known, and none is taken for another country's."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from schema.codelists.country_names import country_names
from schema.codelists.vocabularies import COUNTRY

CASES = Path(__file__).parents[1] / "data" / "cases"
NAMES = {name.casefold(): code for name, code in country_names().items()}


def test_every_common_name_is_known() -> None:
    for name in ("22-hxl-countries.csv", "29-hxl-kosovo-star.csv"):
        with (CASES / name).open(encoding="utf-8", newline="") as file:
            assert not [row[0] for row in [*csv.reader(file)][2:] if row[0].casefold() not in NAMES]


def test_every_code_is_in_the_vocabulary() -> None:
    assert {*NAMES.values()} <= {*COUNTRY.codes}


@pytest.mark.parametrize(
    "names",
    [
        {"Niger": "NER", "Nigeria": "NGA", "Republic of the Niger": "NER", "Federal Republic of Nigeria": "NGA", "Níger": "NER", "Нигерия": "NGA", "النيجر": "NER"},
        {"Congo": "COG", "Republic of the Congo": "COG", "DR Congo": "COD", "Democratic Republic of the Congo": "COD", "Congo (DRC)": "COD",
         "Congo-Kinshasa": "COD", "Congo-Brazzaville": "COG", "The Democratic Republic of the Congo": "COD", "Zaire": None},
        {"Guinea": "GIN", "Guinea-Bissau": "GNB", "Equatorial Guinea": "GNQ", "Papua New Guinea": "PNG", "French Guiana": "GUF", "Guyana": "GUY", "Guiana": None, "Guyane": None},
        {"South Korea": "KOR", "Republic of Korea": "KOR", "Korea, Republic of": "KOR", "North Korea": "PRK", "Democratic People's Republic of Korea": "PRK", "Korea": None},
        {"Sudan": "SDN", "South Sudan": "SSD", "The Republic of the Sudan": None, "North Sudan": None},
        {"Dominica": "DMA", "Dominican Republic": "DOM", "Dominican": None}, {"Samoa": "WSM", "American Samoa": "ASM"},
        {"Holy See": "VAT", "Netherlands (Kingdom of the)": "NLD", "China, Macao Special Administrative Region": "MAC", "The Gambia": "GMB", "Guinea Bissau": "GNB",
         "United States Virgin Islands": "VIR", "Svalbard and Jan Mayen Islands": "SJM", "Taiwan (Province of China)": "TWN"},
        {"Ireland": "IRL", "Northern Ireland": None}, {"Macedonia": None, "North Macedonia": "MKD"}, {"Virgin Islands": None, "Micronesia": "FSM"},
        {"Namibia": "NAM", "NA": None, "US": None, "": None, "Syrian": None, "Europe": None, "Gaza": None},
        {"Côte d'Ivoire": "CIV", "Côte d’Ivoire": "CIV", "Cote d'Ivoire": "CIV", "Ivory Coast": "CIV", "Türkiye": "TUR", "Turkiye": "TUR", "Turkey": "TUR"},
    ],
)  # fmt: skip
def test_no_name_is_taken_for_that_of_another_country(names: dict[str, str | None]) -> None:
    assert {name: NAMES.get(name.casefold()) for name in names} == names
