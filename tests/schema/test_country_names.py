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


# Names of M49, ISO 3166, OCHA and the World Bank, in English, French, Spanish and Arabic.
UN_AND_OCHA = """
AFG Islamic Republic of Afghanistan|أفغانستان
AGO Republic of Angola
ARE الإمارات العربية المتحدة
BFA Burkina Faso
BHS Bahamas, The
BOL Plurinational State of Bolivia|Bolivie (État plurinational de)|Bolivia (Estado Plurinacional de)
BRN Brunei Darussalam
CAF Central African Republic|Central African Republic (the)|République centrafricaine|República Centroafricana|جمهورية أفريقيا الوسطى
CIV Côte d'Ivoire
CMR Cameroun
COD Congo, Dem. Rep.|Congo (Kinshasa)|Dem. Rep. of the Congo|Democratic Republic of Congo|The Democratic Republic of the Congo|Congo (the Democratic Republic of the)|République démocratique du Congo|RD Congo|República Democrática del Congo|جمهورية الكونغو الديمقراطية
COG Congo|Republic of the Congo|Congo (Brazzaville)|Congo, Rep.|République du Congo
COM Union of the Comoros
CPV Cabo Verde|Cape Verde
CUW Curaçao
DOM Dominican Republic|República Dominicana
EGY Egypt, Arab Rep.
ESH Western Sahara
ETH Federal Democratic Republic of Ethiopia
FLK Falkland Islands (Malvinas)
FSM Micronesia|Federated States of Micronesia
GBR United Kingdom of Great Britain and Northern Ireland|United Kingdom|U.K. of Great Britain and Northern Ireland|Royaume-Uni de Grande-Bretagne et d'Irlande du Nord|Reino Unido de Gran Bretaña e Irlanda del Norte|المملكة المتحدة لبريطانيا العظمى وأيرلندا الشمالية
GMB Gambia|The Gambia|Gambia (Republic of The)|Republic of The Gambia
GNB Guinea-Bissau|Guinea Bissau|Guinée-Bissau
HKG China, Hong Kong Special Administrative Region|Hong Kong SAR
HTI Haïti|Haití
IRN Iran|Islamic Republic of Iran|Iran, Islamic Rep.|République islamique d'Iran|Iran (République islamique d')|Iran (République islamique d’)|Irán (República Islámica del)|جمهورية إيران الإسلامية|إيران (جمهورية - الإسلامية)
IRQ Republic of Iraq|العراق
JOR الأردن
KGZ Kyrgyz Republic|Kyrgyzstan
KNA St. Kitts and Nevis
KOR Korea, Rep.|Korea (the Republic of)|République de Corée|República de Corea|جمهورية كوريا
LAO Lao PDR|Lao People’s Democratic Republic|République démocratique populaire lao|Lao (República Democrática Popular)|República Democrática Popular Lao
LBN لبنان
LBY Libyan Arab Jamahiriya|State of Libya|Libye|ليبيا
MAC China, Macao Special Administrative Region
MAF Saint Martin (French Part)
MDA Moldova|Moldova, Republic of|République de Moldova|República de Moldova
MKD North Macedonia|The former Yugoslav Republic of Macedonia|The Republic of North Macedonia|Macédoine du Nord|Macedonia del Norte
MMR Union of Myanmar|Republic of the Union of Myanmar|ميانمار
MOZ Republic of Mozambique
MRT Mauritanie|موريتانيا
NER Republic of Niger|The Niger|Niger (the)|النيجر
NGA نيجيريا
NLD Netherlands (Kingdom of the)|Kingdom of the Netherlands|The Netherlands
PHL Philippines (the)
PRK Democratic People's Republic of Korea|Dem. People's Rep. of Korea|DPR Korea|Korea (the Democratic People's Republic of)|République populaire démocratique de Corée|República Popular Democrática de Corea|جمهورية كوريا الشعبية الديمقراطية
PSE Occupied Palestinian Territory|occupied Palestinian territory|oPt|OPT|Palestinian Territory|West Bank and Gaza|Palestine, State of|Territoire palestinien occupé|territoire palestinien occupé|État de Palestine|Etat de Palestine|Territorio Palestino Ocupado|Estado de Palestina|الأرض الفلسطينية المحتلة|الأراضي الفلسطينية المحتلة|دولة فلسطين|فلسطين
REU Réunion
RUS Fédération de Russie|Federación de Rusia|الاتحاد الروسي|روسيا
SAU Kingdom of Saudi Arabia|المملكة العربية السعودية
SDN Republic of the Sudan|The Sudan|Sudan (the)|Soudan|السودان
SOM Somalia|Federal Republic of Somalia|الصومال
SSD South Sudan (Republic of)|Republic of South Sudan|Soudan du Sud|Sudán del Sur|جنوب السودان
STP São Tomé and Príncipe|Sao Tome and Principe
SVK Slovak Republic
SWZ Kingdom of Eswatini
SXM Sint Maarten (Dutch part)
SYR Syrian Arab Rep.|SYRIA|République arabe syrienne|Syrie|República Árabe Siria|الجمهورية العربية السورية|سوريا|سورية
TCD Tchad|تشاد
TLS Timor-Leste|East Timor
TUR Türkiye (Republic of)|Turkiye|Republic of Türkiye|Türkiye|Turquie|Turquía|تركيا
TWN Taiwan|Taiwan (Province of China)|China, Taiwan Province of China
TZA Tanzania|Tanzania, United Republic of|République-Unie de Tanzanie|República Unida de Tanzanía|جمهورية تنزانيا المتحدة
UKR أوكرانيا
USA United States of America|United States|États-Unis d'Amérique|Estados Unidos de América|الولايات المتحدة الأمريكية
VAT Holy See|Vatican City
VCT Saint Vincent and the Grenadines|St. Vincent and the Grenadines
VEN Venezuela|Venezuela, RB|Bolivarian Republic of Venezuela|Venezuela (République bolivarienne du)|Venezuela (República Bolivariana de)|República Bolivariana de Venezuela
VGB British Virgin Islands
VIR United States Virgin Islands
VNM Viet Nam
WLF Wallis and Futuna Islands
XKX Kosovo (UNSCR 1244)|Kosovo (under UNSCR 1244)|Kosovo*
YEM Yemen|Yemen, Rep.|Republic of Yemen|Yémen|اليمن|الجمهورية اليمنية
"""


def test_the_names_that_the_united_nations_write_in_their_languages_are_known() -> None:
    named = {name: line[:3] for line in UN_AND_OCHA.strip().splitlines() for name in line[4:].split("|")}
    assert len(named) > 200
    assert {name: NAMES.get(name.casefold()) for name in named} == named


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
        {"Namibia": "NAM", "NA": None, "US": "USA", "": None, "Syrian": None, "Europe": None, "Gaza": None},
        {"CAR": "CAF", "RCA": "CAF", "DRC": "COD", "RDC": "COD", "DPRK": "PRK", "ROK": "KOR", "UK": "GBR", "USA": "USA", "UAE": "ARE", "BiH": "BIH", "Gaza Strip": None},
        {"République du Burundi": "BDI", "Republique du Burundi": "BDI", "República de Colombia": "COL", "جمهورية أفغانستان الإسلامية": "AFG", "Республика Бурунди": "BDI",
         "República Islâmica do Paquistão": "PAK", "المالديف": None},
        {"Côte d'Ivoire": "CIV", "Côte d’Ivoire": "CIV", "Cote d'Ivoire": "CIV", "Ivory Coast": "CIV", "Türkiye": "TUR", "Turkiye": "TUR", "Turkey": "TUR"},
    ],
)  # fmt: skip
def test_no_name_is_taken_for_that_of_another_country(names: dict[str, str | None]) -> None:
    assert {name: NAMES.get(name.casefold()) for name in names} == names
