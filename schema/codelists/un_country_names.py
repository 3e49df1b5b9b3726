"""Names of countries as the United Nations (M49, UNTERM), OCHA and the World Bank write them, in Arabic, English, French and Spanish.

Only those that neither ISO 3166 nor Unicode's CLDR has, and abbreviations that mean one country wherever the United Nations write them; `country_names` reads all three.
"""

from __future__ import annotations

# The ISO 3166 code of a country, then its names in English and, after two bars, those in other languages.
UN_NAMES = """
ARE United Arab Emirates (the)|UAE||دولة الإمارات العربية المتحدة
AUS Commonwealth of Australia
BHS Bahamas, The|Bahamas (the)|The Bahamas||Bahamas (les)|Bahamas (las)
BIH BiH|Bosnia-Herzegovina
BOL ||Bolivie (État plurinational de)|État plurinational de Bolivie|Bolivia (Estado Plurinacional de)|Estado Plurinacional de Bolivia|بوليفيا (دولة - المتعددة القوميات)|دولة بوليفيا المتعددة القوميات
BRN ||Brunéi Darussalam|بروني دار السلام
CAF Central African Republic (the)|CAR||RCA|République centrafricaine (la)
CIV ||Côte d'Ivoire (République de)|República de Côte d'Ivoire|جمهورية كوت ديفوار
COD DR Congo|Dem. Rep. of the Congo|Dem. Rep. Congo|Congo, Dem. Rep.|Congo (Kinshasa)|Congo (the Democratic Republic of the)|DRC||République démocratique du Congo|République démocratique du Congo (la)|Rép. dém. du Congo|RD Congo|RDC|RD del Congo
COG Congo (the)|Congo, Rep.|Congo (Brazzaville)||République du Congo (la)|جمهورية الكونغو
COM Comoros (the)||Union des Comores|جزر القمر المتحدة
CPV ||Cap Vert
CZE ||Tchéquie|República Checa|الجمهورية التشيكية
DOM Dominican Republic (the)
EGY Egypt, Arab Rep.||République arabe d'Égypte|República Árabe de Egipto|جمهورية مصر العربية
FSM Micronesia, Fed. Sts.||Micronésie (États fédérés de)|États fédérés de Micronésie|Micronesia (Estados Federados de)|Estados Federados de Micronesia|ميكرونيزيا (ولايات - الموحدة)|ولايات ميكرونيزيا الموحدة
GBR U.K. of Great Britain and Northern Ireland|United Kingdom of Great Britain and Northern Ireland (the)|UK|U.K.||Royaume-Uni de Grande-Bretagne et d'Irlande du Nord|Reino Unido de Gran Bretaña e Irlanda del Norte|المملكة المتحدة لبريطانيا العظمى وأيرلندا الشمالية|المملكة المتحدة لبريطانيا العظمى وآيرلندا الشمالية
GMB Gambia, The|Gambia (the)|Gambia (Republic of The)|The Gambia||Gambie (République de)
GNB Guinea Bissau
HKG Hong Kong SAR|Hong Kong SAR, China|China, Hong Kong SAR|China, Hong Kong Special Administrative Region||Chine, région administrative spéciale de Hong Kong|China, región administrativa especial de Hong Kong
IRN Iran, Islamic Rep.|Islamic Republic of Iran||Iran (République islamique d')|République islamique d'Iran|Irán (República Islámica del)|República Islámica del Irán|إيران (جمهورية - الإسلامية)|جمهورية إيران الإسلامية
IRQ ||République d'Iraq|جمهورية العراق
JOR ||المملكة الأردنية الهاشمية
KGZ Kyrgyz Rep.||Kirghizistan|قيرغيزستان
KOR Korea, Rep.|Korea (the Republic of)|Rep. of Korea|ROK||République de Corée|República de Corea|جمهورية كوريا
LAO Lao PDR|Lao People's Dem. Rep.||République démocratique populaire lao|République démocratique populaire lao (la)|República Democrática Popular Lao|Lao (República Democrática Popular)|جمهورية لاو الديمقراطية الشعبية
LBN ||الجمهورية اللبنانية
LBY State of Libya|Libyan Arab Jamahiriya||Jamahiriya arabe libyenne|État de Libye|دولة ليبيا|الجماهيرية العربية الليبية
MAC Macao SAR|Macao SAR, China|China, Macao SAR|China, Macao Special Administrative Region||Chine, région administrative spéciale de Macao|China, región administrativa especial de Macao
MDA Rep. of Moldova||Moldova (République de)|République de Moldova|Moldova (República de)|República de Moldova|جمهورية مولدوفا
MKD The Republic of North Macedonia|The former Yugoslav Republic of Macedonia||ex-République yougoslave de Macédoine|ex República Yugoslava de Macedonia|مقدونيا الشمالية
MMR Burma|Union of Myanmar|Republic of the Union of Myanmar||Union du Myanmar|Unión de Myanmar|ميانمار|اتحاد ميانمار
NER Niger (the)|The Niger||Niger (le)|Níger (el)
NLD Netherlands (Kingdom of the)|Netherlands (the)|The Netherlands||Pays-Bas (Royaume des)|Royaume des Pays-Bas|Países Bajos (Reino de los)|Reino de los Países Bajos|هولندا (مملكة -)|مملكة هولندا
PHL Philippines (the)|The Philippines
PRK DPR Korea|Korea, Dem. People's Rep.|Dem. People's Rep. of Korea|Korea (the Democratic People's Republic of)|DPRK||République populaire démocratique de Corée|República Popular Democrática de Corea|جمهورية كوريا الشعبية الديمقراطية
PSE oPt|Occupied Palestinian Territory|Occupied Palestinian Territories|Occupied Palestinian Territory (the)|Palestinian Territory|Palestinian Territory, Occupied|West Bank and Gaza|West Bank and Gaza Strip||Territoire palestinien occupé|Territoires palestiniens occupés|État de Palestine|Territorio Palestino Ocupado|Territorios Palestinos Ocupados|Estado de Palestina|دولة فلسطين|الأرض الفلسطينية المحتلة|الأراضي الفلسطينية المحتلة
RUS Russian Federation (the)||Fédération de Russie|Fédération de Russie (la)|Federación de Rusia|الاتحاد الروسي
SDN Sudan (the)|The Sudan||Soudan (le)|Sudán (el)|جمهورية السودان
SHN Saint Helena
SJM Svalbard and Jan Mayen Islands
SOM Federal Republic of Somalia||République fédérale de Somalie|República Federal de Somalia|جمهورية الصومال الفيدرالية|جمهورية الصومال الاتحادية
SSD South Sudan (Republic of)||République du Soudan du Sud|República de Sudán del Sur|جمهورية جنوب السودان
SYR Syrian Arab Rep.|Syrian Arab Republic (the)||République arabe syrienne|République arabe syrienne (la)|République Arabe Syrienne|República Árabe Siria|República Arabe Siria|الجمهورية العربية السورية|سورية
TUR Türkiye (Republic of)||République de Türkiye|República de Türkiye|جمهورية تركيا
TWN China, Taiwan Province of China|Taiwan (Province of China)
TZA Tanzania, United Rep. of|United Rep. of Tanzania||République-Unie de Tanzanie|République-Unie de Tanzanie (la)|República Unida de Tanzanía|República Unida de Tanzania|جمهورية تنزانيا المتحدة
USA United States of America (the)|USA|US|U.S.|U.S.A.||États-Unis d'Amérique|États-Unis d'Amérique (les)|Estados Unidos de América|الولايات المتحدة الأمريكية
URY Oriental Republic of Uruguay
VAT Holy See
VCT St. Vincent and the Grenadines
VEN Venezuela, RB||Venezuela (République bolivarienne du)|République bolivarienne du Venezuela|Venezuela (República Bolivariana de)|República Bolivariana de Venezuela|فنزويلا (جمهورية - البوليفارية)|جمهورية فنزويلا البوليفارية
VIR United States Virgin Islands
WLF Wallis and Futuna Islands
XKX Kosovo*|Kosovo (UNSCR 1244)|Kosovo (under UNSCR 1244)|Kosovo (SCR 1244)|Kosovo (UNSCR 1244/1999)
YEM Yemen, Rep.||République du Yémen|República del Yemen|الجمهورية اليمنية
"""
