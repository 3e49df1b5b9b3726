"""The names of countries in Arabic, Chinese, English, French, Portuguese, Russian and Spanish, as their Unicode CLDR 48.2 has them, former names included.

Longer than other modules, because it is one list.

Copyright 1991-2026 Unicode, Inc.; licence Unicode-3.0. docs/decisions/country-names.md says how the list was made, and why it is this one.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import pycountry

from .un_country_names import UN_NAMES

# The ISO 3166 code of a country, then its names.
CLDR_NAMES = """
ABW Aruba|أروبا|Аруба|阿鲁巴
AFG Afghanistan|Afganistán|Afeganistão|أفغانستان|Афганистан|阿富汗
AGO Angola|أنغولا|Ангола|安哥拉
AIA Anguilla|Anguila|أنغويلا|Ангилья|安圭拉
ALA Åland Islands|Îles Åland|Islas Aland|Ilhas Aland|جزر آلاند|Аландские о-ва|奥兰群岛
ALB Albania|Albanie|Albânia|ألبانيا|Албания|阿尔巴尼亚
AND Andorra|Andorre|أندورا|Андорра|安道尔
ARE United Arab Emirates|Émirats arabes unis|Emiratos Árabes Unidos|Emirados Árabes Unidos|الإمارات العربية المتحدة|ОАЭ|阿拉伯联合酋长国
ARG Argentina|Argentine|الأرجنتين|Аргентина|阿根廷
ARM Armenia|Arménie|Armênia|أرمينيا|Армения|亚美尼亚
ASM American Samoa|Samoa américaines|Samoa Americana|ساموا الأمريكية|Американское Самоа|美属萨摩亚
ATA Antarctica|Antarctique|Antártida|أنتاركتيكا|Антарктида|南极洲
ATF French Southern Territories|Terres australes françaises|Territorios Australes Franceses|Territórios Franceses do Sul|الأقاليم الجنوبية الفرنسية|Французские Южные территории|法属南部领地
ATG Antigua & Barbuda|Antigua-et-Barbuda|Antigua y Barbuda|Antígua e Barbuda|أنتيغوا وبربودا|Антигуа и Барбуда|安提瓜和巴布达
AUS Australia|Australie|Austrália|أستراليا|Австралия|澳大利亚
AUT Austria|Autriche|Áustria|النمسا|Австрия|奥地利
AZE Azerbaijan|Azerbaïdjan|Azerbaiyán|Azerbaijão|أذربيجان|Азербайджан|阿塞拜疆
BDI Burundi|بوروندي|Бурунди|布隆迪
BEL Belgium|Belgique|Bélgica|بلجيكا|Бельгия|比利时
BEN Benin|Bénin|Benín|بنين|Бенин|贝宁
BES Caribbean Netherlands|Pays-Bas caribéens|Caribe neerlandés|Países Baixos Caribenhos|هولندا الكاريبية|Бонэйр, Синт-Эстатиус и Саба|荷属加勒比区
BFA Burkina Faso|Burquina Faso|بوركينا فاسو|Буркина-Фасо|布基纳法索
BGD Bangladesh|Bangladés|بنغلاديش|Бангладеш|孟加拉国
BGR Bulgaria|Bulgarie|Bulgária|بلغاريا|Болгария|保加利亚
BHR Bahrain|Bahreïn|Baréin|Barein|البحرين|Бахрейн|巴林
BHS Bahamas|جزر البهاما|Багамы|巴哈马
BIH Bosnia & Herzegovina|Bosnia|Bosnie-Herzégovine|Bosnia y Herzegovina|Bósnia e Herzegovina|البوسنة والهرسك|Босния и Герцеговина|波斯尼亚和黑塞哥维那
BLM St. Barthélemy|Saint-Barthélemy|San Bartolomé|São Bartolomeu|سان بارتليمي|Сен-Бартелеми|圣巴泰勒米
BLR Belarus|Biélorussie|Bielorrusia|Bielorrússia|بيلاروس|Беларусь|白俄罗斯
BLZ Belize|Belice|بليز|Белиз|伯利兹
BMU Bermuda|Bermudes|Bermudas|برمودا|Бермудские о-ва|百慕大
BOL Bolivia|Bolivie|Bolívia|بوليفيا|Боливия|玻利维亚
BRA Brazil|Brésil|Brasil|البرازيل|Бразилия|巴西
BRB Barbados|Barbade|بربادوس|Барбадос|巴巴多斯
BRN Brunei|Brunéi|بروناي|Бруней|文莱
BTN Bhutan|Bhoutan|Bután|Butão|بوتان|Бутан|不丹
BVT Bouvet Island|Île Bouvet|Isla Bouvet|Ilha Bouvet|جزيرة بوفيه|о-в Буве|布韦岛
BWA Botswana|Botsuana|بوتسوانا|Ботсвана|博茨瓦纳
CAF Central African Republic|République centrafricaine|República Centroafricana|República Centro-Africana|جمهورية أفريقيا الوسطى|Центрально-Африканская Республика|中非共和国
CAN Canada|Canadá|كندا|Канада|加拿大
CCK Cocos (Keeling) Islands|Cocos Islands|Îles Cocos|Islas Cocos|Ilhas Cocos (Keeling)|جزر كوكوس (كيلينغ)|Кокосовые о-ва|科科斯（基林）群岛
CHE Switzerland|Suisse|Suiza|Suíça|سويسرا|Швейцария|瑞士
CHL Chile|Chili|تشيلي|Чили|智利
CHN China|Chine|الصين|Китай|中国
CIV Côte d’Ivoire|Ivory Coast|République de Côte d’Ivoire|Costa de Marfil|Costa do Marfim|ساحل العاج|كوت ديفوار|Кот-д’Ивуар|科特迪瓦|象牙海岸
CMR Cameroon|Cameroun|Camerún|Camarões|الكاميرون|Камерун|喀麦隆
COD Congo - Kinshasa|Congo (DRC)|Congo-Kinshasa|Congo (RDC)|República Democrática del Congo|República Democrática do Congo|الكونغو - كينشاسا|جمهورية الكونغو الديمقراطية|Конго - Киншаса|Конго (ДРК)|刚果（金）|刚果民主共和国
COG Congo - Brazzaville|Congo (Republic)|Congo-Brazzaville|République du Congo|Congo|Congo (República)|República do Congo|الكونغو - برازافيل|جمهورية الكونغو|Конго - Браззавиль|Республика Конго|刚果（布）|刚果共和国
COK Cook Islands|Îles Cook|Islas Cook|Ilhas Cook|جزر كوك|о-ва Кука|库克群岛
COL Colombia|Colombie|Colômbia|كولومبيا|Колумбия|哥伦比亚
COM Comoros|Comores|Comoras|جزر القمر|Коморы|科摩罗
CPV Cape Verde|Cabo Verde|Cap-Vert|الرأس الأخضر|Кабо-Верде|佛得角
CRI Costa Rica|كوستاريكا|Коста-Рика|哥斯达黎加
CUB Cuba|كوبا|Куба|古巴
CUW Curaçao|Curazao|كوراساو|Кюрасао|库拉索
CXR Christmas Island|Île Christmas|Isla de Navidad|Ilha Christmas|جزيرة كريسماس|о-в Рождества|圣诞岛
CYM Cayman Islands|Îles Caïmans|Islas Caimán|Ilhas Cayman|جزر كايمان|о-ва Кайман|开曼群岛
CYP Cyprus|Chypre|Chipre|قبرص|Кипр|塞浦路斯
CZE Czechia|Czech Republic|Tchéquie|République tchèque|Chequia|República Checa|Tchéquia|República Tcheca|التشيك|جمهورية التشيك|Чехия|Чешская Республика|捷克|捷克共和国
DEU Germany|Allemagne|Alemania|Alemanha|ألمانيا|Германия|德国
DJI Djibouti|Yibuti|Djibuti|جيبوتي|Джибути|吉布提
DMA Dominica|Dominique|دومينيكا|Доминика|多米尼克
DNK Denmark|Danemark|Dinamarca|الدانمرك|Дания|丹麦
DOM Dominican Republic|République dominicaine|República Dominicana|جمهورية الدومينيكان|Доминиканская Республика|多米尼加共和国
DZA Algeria|Algérie|Argelia|Argélia|الجزائر|Алжир|阿尔及利亚
ECU Ecuador|Équateur|Equador|الإكوادور|Эквадор|厄瓜多尔
EGY Egypt|Égypte|Egipto|Egito|مصر|Египет|埃及
ERI Eritrea|Érythrée|Eritreia|إريتريا|Эритрея|厄立特里亚
ESH Western Sahara|Sahara occidental|Sáhara Occidental|Saara Ocidental|الصحراء الغربية|Западная Сахара|西撒哈拉
ESP Spain|Espagne|España|Espanha|إسبانيا|Испания|西班牙
EST Estonia|Estonie|Estônia|إستونيا|Эстония|爱沙尼亚
ETH Ethiopia|Éthiopie|Etiopía|Etiópia|إثيوبيا|Эфиопия|埃塞俄比亚
FIN Finland|Finlande|Finlandia|Finlândia|فنلندا|Финляндия|芬兰
FJI Fiji|Fidji|Fiyi|فيجي|Фиджи|斐济
FLK Falkland Islands|Falkland Islands (Islas Malvinas)|Îles Malouines|Îles Malouines (Îles Falkland)|Islas Malvinas|Islas Malvinas (Islas Falkland)|Ilhas Malvinas|Ilhas Malvinas (Ilhas Falkland)|جزر فوكلاند|جزر فوكلاند - جزر مالفيناس|Фолклендские о-ва|Фолклендские (Мальвинские) о-ва|福克兰群岛|福克兰群岛（马尔维纳斯群岛）
FRA France|Francia|França|فرنسا|Франция|法国
FRO Faroe Islands|Îles Féroé|Islas Feroe|Ilhas Faroé|جزر فارو|Фарерские о-ва|法罗群岛
FSM Micronesia|Micronésie|Micronésia|ميكرونيزيا|Федеративные Штаты Микронезии|密克罗尼西亚
GAB Gabon|Gabón|Gabão|الغابون|Габон|加蓬
GBR United Kingdom|Royaume-Uni|Reino Unido|المملكة المتحدة|Великобритания|Британия|英国
GEO Georgia|Géorgie|Geórgia|جورجيا|Грузия|格鲁吉亚
GGY Guernsey|Guernesey|غيرنزي|Гернси|根西岛
GHA Ghana|Gana|غانا|Гана|加纳
GIB Gibraltar|جبل طارق|Гибралтар|直布罗陀
GIN Guinea|Guinée|Guiné|غينيا|Гвинея|几内亚
GLP Guadeloupe|Guadalupe|غوادلوب|Гваделупа|瓜德罗普
GMB Gambia|Gambie|Gâmbia|غامبيا|Гамбия|冈比亚
GNB Guinea-Bissau|Guinée-Bissau|Guinea-Bisáu|Guiné-Bissau|غينيا بيساو|Гвинея-Бисау|几内亚比绍
GNQ Equatorial Guinea|Guinée équatoriale|Guinea Ecuatorial|Guiné Equatorial|غينيا الاستوائية|Экваториальная Гвинея|赤道几内亚
GRC Greece|Grèce|Grecia|Grécia|اليونان|Греция|希腊
GRD Grenada|Grenade|Granada|غرينادا|Гренада|格林纳达
GRL Greenland|Groenland|Groenlandia|Groenlândia|غرينلاند|Гренландия|格陵兰
GTM Guatemala|غواتيمالا|Гватемала|危地马拉
GUF French Guiana|Guyane française|Guayana Francesa|Guiana Francesa|غويانا الفرنسية|Французская Гвиана|法属圭亚那
GUM Guam|غوام|Гуам|关岛
GUY Guyana|Guiana|غيانا|Гайана|圭亚那
HKG Hong Kong SAR China|Hong Kong|R.A.S. chinoise de Hong Kong|RAE de Hong Kong (China)|Hong Kong, RAE da China|هونغ كونغ الصينية (منطقة إدارية خاصة)|هونغ كونغ|Гонконг (САР)|Гонконг|中国香港特别行政区|香港
HMD Heard & McDonald Islands|Îles Heard-et-MacDonald|Islas Heard y McDonald|Ilhas Heard e McDonald|جزيرة هيرد وجزر ماكدونالد|о-ва Херд и Макдональд|赫德岛和麦克唐纳群岛
HND Honduras|هندوراس|Гондурас|洪都拉斯
HRV Croatia|Croatie|Croacia|Croácia|كرواتيا|Хорватия|克罗地亚
HTI Haiti|Haïti|Haití|هايتي|Гаити|海地
HUN Hungary|Hongrie|Hungría|Hungria|هنغاريا|Венгрия|匈牙利
IDN Indonesia|Indonésie|Indonésia|إندونيسيا|Индонезия|印度尼西亚
IMN Isle of Man|Île de Man|Isla de Man|Ilha de Man|جزيرة مان|о-в Мэн|马恩岛
IND India|Inde|Índia|الهند|Индия|印度
IOT British Indian Ocean Territory|Chagos Archipelago|Territoire britannique de l’océan Indien|Archipel des Chagos|Territorio Británico del Océano Índico|Archipiélago de Chagos|Território Britânico do Oceano Índico|Arquipélago de Chagos|الإقليم البريطاني في المحيط الهندي|أرخبيل تشاغوس|Британская территория в Индийском океане|архипелаг Чагос|英属印度洋领地|查戈斯群岛
IRL Ireland|Irlande|Irlanda|أيرلندا|Ирландия|爱尔兰
IRN Iran|Irán|Irã|إيران|Иран|伊朗
IRQ Iraq|Irak|Iraque|العراق|Ирак|伊拉克
ISL Iceland|Islande|Islandia|Islândia|آيسلندا|Исландия|冰岛
ISR Israel|Israël|إسرائيل|Израиль|以色列
ITA Italy|Italie|Italia|Itália|إيطاليا|Италия|意大利
JAM Jamaica|Jamaïque|جامايكا|Ямайка|牙买加
JEY Jersey|جيرسي|Джерси|泽西岛
JOR Jordan|Jordanie|Jordania|Jordânia|الأردن|Иордания|约旦
JPN Japan|Japon|Japón|Japão|اليابان|Япония|日本
KAZ Kazakhstan|Kazajistán|Cazaquistão|كازاخستان|Казахстан|哈萨克斯坦
KEN Kenya|Kenia|Quênia|كينيا|Кения|肯尼亚
KGZ Kyrgyzstan|Kirghizstan|Kirguistán|Quirguistão|قيرغيزستان|Киргизия|吉尔吉斯斯坦
KHM Cambodia|Cambodge|Camboya|Camboja|كمبوديا|Камбоджа|柬埔寨
KIR Kiribati|Quiribati|كيريباتي|Кирибати|基里巴斯
KNA St. Kitts & Nevis|Saint-Christophe-et-Niévès|San Cristóbal y Nieves|São Cristóvão e Névis|سانت كيتس ونيفيس|Сент-Китс и Невис|圣基茨和尼维斯
KOR South Korea|Corée du Sud|Corea del Sur|Coreia do Sul|كوريا الجنوبية|Республика Корея|韩国
KWT Kuwait|Koweït|الكويت|Кувейт|科威特
LAO Laos|لاوس|Лаос|老挝
LBN Lebanon|Liban|Líbano|لبنان|Ливан|黎巴嫩
LBR Liberia|Libéria|ليبيريا|Либерия|利比里亚
LBY Libya|Libye|Libia|Líbia|ليبيا|Ливия|利比亚
LCA St. Lucia|Sainte-Lucie|Santa Lucía|Santa Lúcia|سانت لوسيا|Сент-Люсия|圣卢西亚
LIE Liechtenstein|ليختنشتاين|Лихтенштейн|列支敦士登
LKA Sri Lanka|سريلانكا|Шри-Ланка|斯里兰卡
LSO Lesotho|Lesoto|ليسوتو|Лесото|莱索托
LTU Lithuania|Lituanie|Lituania|Lituânia|ليتوانيا|Литва|立陶宛
LUX Luxembourg|Luxemburgo|لوكسمبورغ|Люксембург|卢森堡
LVA Latvia|Lettonie|Letonia|Letônia|لاتفيا|Латвия|拉脱维亚
MAC Macao SAR China|Macao|R.A.S. chinoise de Macao|RAE de Macao (China)|Macau, RAE da China|Macau|منطقة ماكاو الإدارية الخاصة|مكاو|Макао (САР)|Макао|中国澳门特别行政区|澳门
MAF St. Martin|Saint-Martin|San Martín|São Martinho|سان مارتن|Сен-Мартен|法属圣马丁
MAR Morocco|Maroc|Marruecos|Marrocos|المغرب|Марокко|摩洛哥
MCO Monaco|Mónaco|Mônaco|موناكو|Монако|摩纳哥
MDA Moldova|Moldavie|Moldavia|Moldávia|مولدوفا|Молдова|摩尔多瓦
MDG Madagascar|مدغشقر|Мадагаскар|马达加斯加
MDV Maldives|Maldivas|جزر المالديف|Мальдивы|马尔代夫
MEX Mexico|Mexique|México|المكسيك|Мексика|墨西哥
MHL Marshall Islands|Îles Marshall|Islas Marshall|Ilhas Marshall|جزر مارشال|Маршалловы о-ва|马绍尔群岛
MKD North Macedonia|Macédoine du Nord|Macedonia del Norte|Macedônia do Norte|مقدونيا الشمالية|Северная Македония|北马其顿
MLI Mali|مالي|Мали|马里
MLT Malta|Malte|مالطا|Мальта|马耳他
MMR Myanmar (Burma)|Myanmar|Myanmar (Birmanie)|Myanmar (Birmania)|Mianmar (Birmânia)|ميانمار (بورما)|Мьянма (Бирма)|缅甸
MNE Montenegro|Monténégro|الجبل الأسود|Черногория|黑山
MNG Mongolia|Mongolie|Mongólia|منغوليا|Монголия|蒙古
MNP Northern Mariana Islands|Îles Mariannes du Nord|Islas Marianas del Norte|Ilhas Marianas do Norte|جزر ماريانا الشمالية|Северные Марианские о-ва|北马里亚纳群岛
MOZ Mozambique|Moçambique|موزمبيق|Мозамбик|莫桑比克
MRT Mauritania|Mauritanie|Mauritânia|موريتانيا|Мавритания|毛里塔尼亚
MSR Montserrat|مونتسرات|Монтсеррат|蒙特塞拉特
MTQ Martinique|Martinica|جزر المارتينيك|Мартиника|马提尼克
MUS Mauritius|Maurice|Mauricio|Maurício|موريشيوس|Маврикий|毛里求斯
MWI Malawi|Malaui|ملاوي|Малави|马拉维
MYS Malaysia|Malaisie|Malasia|Malásia|ماليزيا|Малайзия|马来西亚
MYT Mayotte|مايوت|Майотта|马约特
NAM Namibia|Namibie|Namíbia|ناميبيا|Намибия|纳米比亚
NCL New Caledonia|Nouvelle-Calédonie|Nueva Caledonia|Nova Caledônia|كاليدونيا الجديدة|Новая Каледония|新喀里多尼亚
NER Niger|Níger|النيجر|Нигер|尼日尔
NFK Norfolk Island|Île Norfolk|Isla Norfolk|Ilha Norfolk|جزيرة نورفولك|о-в Норфолк|诺福克岛
NGA Nigeria|Nigéria|نيجيريا|Нигерия|尼日利亚
NIC Nicaragua|Nicarágua|نيكاراغوا|Никарагуа|尼加拉瓜
NIU Niue|نيوي|Ниуэ|纽埃
NLD Netherlands|Pays-Bas|Países Bajos|Países Baixos|هولندا|Нидерланды|荷兰
NOR Norway|Norvège|Noruega|النرويج|Норвегия|挪威
NPL Nepal|Népal|نيبال|Непал|尼泊尔
NRU Nauru|ناورو|Науру|瑙鲁
NZL New Zealand|Aotearoa New Zealand|Nouvelle-Zélande|Aotearoa (Nouvelle-Zélande)|Nueva Zelanda|Aotearoa (Nueva Zelanda)|Nova Zelândia|Aotearoa da Nova Zelândia|نيوزيلندا|Новая Зеландия|Аотеароа (Новая Зеландия)|新西兰
OMN Oman|Omán|Omã|عُمان|Оман|阿曼
PAK Pakistan|Pakistán|Paquistão|باكستان|Пакистан|巴基斯坦
PAN Panama|Panamá|بنما|Панама|巴拿马
PCN Pitcairn Islands|Pitcairn|Îles Pitcairn|Islas Pitcairn|Ilhas Pitcairn|جزر بيتكيرن|о-ва Питкэрн|皮特凯恩群岛
PER Peru|Pérou|Perú|بيرو|Перу|秘鲁
PHL Philippines|Filipinas|الفلبين|Филиппины|菲律宾
PLW Palau|Palaos|بالاو|Палау|帕劳
PNG Papua New Guinea|Papouasie-Nouvelle-Guinée|Papúa Nueva Guinea|Papua-Nova Guiné|بابوا غينيا الجديدة|Папуа — Новая Гвинея|巴布亚新几内亚
POL Poland|Pologne|Polonia|Polônia|بولندا|Польша|波兰
PRI Puerto Rico|Porto Rico|بورتوريكو|Пуэрто-Рико|波多黎各
PRK North Korea|Corée du Nord|Corea del Norte|Coreia do Norte|كوريا الشمالية|КНДР|朝鲜
PRT Portugal|البرتغال|Португалия|葡萄牙
PRY Paraguay|Paraguai|باراغواي|Парагвай|巴拉圭
PSE Palestinian Territories|Palestine|Territoires palestiniens|Territorios Palestinos|Palestina|Territórios palestinos|الأراضي الفلسطينية|فلسطين|Палестинские территории|Палестина|巴勒斯坦领土|巴勒斯坦
PYF French Polynesia|Polynésie française|Polinesia Francesa|Polinésia Francesa|بولينيزيا الفرنسية|Французская Полинезия|法属波利尼西亚
QAT Qatar|Catar|قطر|Катар|卡塔尔
REU Réunion|La Réunion|Reunión|Reunião|روينيون|Реюньон|留尼汪
ROU Romania|Roumanie|Rumanía|Romênia|رومانيا|Румыния|罗马尼亚
RUS Russia|Russie|Rusia|Rússia|روسيا|Россия|俄罗斯
RWA Rwanda|Ruanda|رواندا|Руанда|卢旺达
SAU Saudi Arabia|Arabie saoudite|Arabia Saudí|Arábia Saudita|المملكة العربية السعودية|Саудовская Аравия|沙特阿拉伯
SDN Sudan|Soudan|Sudán|Sudão|السودان|Судан|苏丹
SEN Senegal|Sénégal|السنغال|Сенегал|塞内加尔
SGP Singapore|Singapour|Singapur|Singapura|سنغافورة|Сингапур|新加坡
SGS South Georgia & South Sandwich Islands|Géorgie du Sud-et-les Îles Sandwich du Sud|Islas Georgia del Sur y Sandwich del Sur|Ilhas Geórgia do Sul e Sandwich do Sul|جورجيا الجنوبية وجزر ساندويتش الجنوبية|Южная Георгия и Южные Сандвичевы о-ва|南乔治亚和南桑威奇群岛
SHN St. Helena|Sainte-Hélène|Santa Elena|Santa Helena|سانت هيلينا|о-в Св. Елены|圣赫勒拿
SJM Svalbard & Jan Mayen|Svalbard et Jan Mayen|Svalbard y Jan Mayen|Svalbard e Jan Mayen|سفالبارد وجان ماين|Шпицберген и Ян-Майен|斯瓦尔巴和扬马延
SLB Solomon Islands|Îles Salomon|Islas Salomón|Ilhas Salomão|جزر سليمان|Соломоновы о-ва|所罗门群岛
SLE Sierra Leone|Sierra Leona|Serra Leoa|سيراليون|Сьерра-Леоне|塞拉利昂
SLV El Salvador|Salvador|السلفادور|Сальвадор|萨尔瓦多
SMR San Marino|Saint-Marin|سان مارينو|Сан-Марино|圣马力诺
SOM Somalia|Somalie|Somália|الصومال|Сомали|索马里
SPM St. Pierre & Miquelon|Saint-Pierre-et-Miquelon|San Pedro y Miquelón|São Pedro e Miquelão|سان بيير ومكويلون|Сен-Пьер и Микелон|圣皮埃尔和密克隆群岛
SRB Serbia|Serbie|Sérvia|صربيا|Сербия|塞尔维亚
SSD South Sudan|Soudan du Sud|Sudán del Sur|Sudão do Sul|جنوب السودان|Южный Судан|南苏丹
STP São Tomé & Príncipe|Sao Tomé-et-Principe|Santo Tomé y Príncipe|São Tomé e Príncipe|ساو تومي وبرينسيبي|Сан-Томе и Принсипи|圣多美和普林西比
SUR Suriname|Surinam|سورينام|Суринам|苏里南
SVK Slovakia|Slovaquie|Eslovaquia|Eslováquia|سلوفاكيا|Словакия|斯洛伐克
SVN Slovenia|Slovénie|Eslovenia|Eslovênia|سلوفينيا|Словения|斯洛文尼亚
SWE Sweden|Suède|Suecia|Suécia|السويد|Швеция|瑞典
SWZ Eswatini|Swaziland|Esuatini|Suazilandia|Essuatíni|Suazilândia|إسواتيني|سوازيلاند|Эсватини|Свазиленд|斯威士兰
SXM Sint Maarten|Saint-Martin (partie néerlandaise)|سانت مارتن|Синт-Мартен|荷属圣马丁
SYC Seychelles|Seicheles|سيشل|Сейшельские о-ва|塞舌尔
SYR Syria|Syrie|Siria|Síria|سوريا|Сирия|叙利亚
TCA Turks & Caicos Islands|Îles Turques-et-Caïques|Islas Turcas y Caicos|Ilhas Turcas e Caicos|جزر توركس وكايكوس|Тёркс и Кайкос|特克斯和凯科斯群岛
TCD Chad|Tchad|Chade|تشاد|Чад|乍得
TGO Togo|توغو|Того|多哥
THA Thailand|Thaïlande|Tailandia|Tailândia|تايلاند|Таиланд|泰国
TJK Tajikistan|Tadjikistan|Tayikistán|Tadjiquistão|طاجيكستان|Таджикистан|塔吉克斯坦
TKL Tokelau|توكيلاو|Токелау|托克劳
TKM Turkmenistan|Turkménistan|Turkmenistán|Turcomenistão|تركمانستان|Туркменистан|土库曼斯坦
TLS Timor-Leste|East Timor|Timor oriental|Timor-Oriental|Timor Oriental|República Democrática de Timor-Leste|تيمور - ليشتي|تيمور الشرقية|Восточный Тимор|Тимор-Лесте|东帝汶
TON Tonga|تونغا|Тонга|汤加
TTO Trinidad & Tobago|Trinité-et-Tobago|Trinidad y Tobago|Trinidad e Tobago|ترينيداد وتوباغو|Тринидад и Тобаго|特立尼达和多巴哥
TUN Tunisia|Tunisie|Túnez|Tunísia|تونس|Тунис|突尼斯
TUR Türkiye|Turkey|Turquie|Turquía|Turquia|تركيا|Турция|土耳其
TUV Tuvalu|توفالو|Тувалу|图瓦卢
TWN Taiwan|Taïwan|Taiwán|تايوان|Тайвань|台湾
TZA Tanzania|Tanzanie|Tanzânia|تنزانيا|Танзания|坦桑尼亚
UGA Uganda|Ouganda|أوغندا|Уганда|乌干达
UKR Ukraine|Ucrania|Ucrânia|أوكرانيا|Украина|乌克兰
UMI U.S. Outlying Islands|Îles mineures éloignées des États-Unis|Islas menores alejadas de EE. UU.|Ilhas Menores Distantes dos EUA|جزر الولايات المتحدة النائية|Внешние малые о-ва (США)|美国本土外小岛屿
URY Uruguay|Uruguai|أورغواي|Уругвай|乌拉圭
USA United States|États-Unis|É.-U.|Estados Unidos|الولايات المتحدة|Соединенные Штаты|США|美国
UZB Uzbekistan|Ouzbékistan|Uzbekistán|Uzbequistão|أوزبكستان|Узбекистан|乌兹别克斯坦
VAT Vatican City|État de la Cité du Vatican|Ciudad del Vaticano|Cidade do Vaticano|الفاتيكان|Ватикан|梵蒂冈
VCT St. Vincent & Grenadines|Saint-Vincent-et-les Grenadines|San Vicente y las Granadinas|São Vicente e Granadinas|سانت فنسنت وجزر غرينادين|Сент-Винсент и Гренадины|圣文森特和格林纳丁斯
VEN Venezuela|فنزويلا|Венесуэла|委内瑞拉
VGB British Virgin Islands|Îles Vierges britanniques|Islas Vírgenes Británicas|Ilhas Virgens Britânicas|جزر فيرجن البريطانية|Виргинские о-ва (Великобритания)|英属维尔京群岛
VIR U.S. Virgin Islands|Îles Vierges des États-Unis|Islas Vírgenes de EE. UU.|Ilhas Virgens Americanas|جزر فيرجن الأمريكية|Виргинские о-ва (США)|美属维尔京群岛
VNM Vietnam|Viêt Nam|Vietnã|فيتنام|Вьетнам|越南
VUT Vanuatu|فانواتو|Вануату|瓦努阿图
WLF Wallis & Futuna|Wallis-et-Futuna|Wallis y Futuna|Wallis e Futuna|جزر والس وفوتونا|Уоллис и Футуна|瓦利斯和富图纳
WSM Samoa|ساموا|Самоа|萨摩亚
XKX Kosovo|كوسوفو|Косово|科索沃
YEM Yemen|Yémen|Iêmen|اليمن|Йемен|也门
ZAF South Africa|Afrique du Sud|Sudáfrica|África do Sul|جنوب أفريقيا|Южно-Африканская Республика|南非
ZMB Zambia|Zambie|Zâmbia|زامبيا|Замбия|赞比亚
ZWE Zimbabwe|Zimbabue|Zimbábue|زيمبابوي|Зимбабве|津巴布韦
"""

AMBIGUOUS = frozenset({"guiana"})  # Guyana in Portuguese, and what some call French Guiana.

TRANSLATIONS = ("ar", "es", "fr", "pt", "ru", "zh_CN")  # Languages of pycountry's translations.
VOWEL_SIGNS = re.compile("[\u064b-\u0652]")  # Of Arabic, which most texts leave out.
OF = re.compile(r"(?P<name>[^,(]+), (?P<rest>.+ of(?: the)?)")  # ISO's order: Iran, Islamic Republic of.


def english_country_names() -> dict[str, str]:
    """Those of `country_names` that are as ISO has them, or English: a list short enough to be looked up in for every file."""
    cldr = (
        (line.partition(" ")[2].partition("|")[0], "") for line in CLDR_NAMES.strip().splitlines()
    )  # The first name of each is English.
    english = {spelling.casefold() for name, _ in (*_un_names(english=True), *_iso_names(), *cldr) for spelling in _spellings(name)}
    return {name: code for name, code in country_names().items() if name.casefold() in english}


def country_names() -> dict[str, str]:
    """The ISO 3166 code of each name of a country: as ISO, CLDR and the United Nations have it, with either apostrophe, with and without accents.

    A name is looked up as it is, in any case, and never by similarity. One that several countries have, such as Korea, is not among them.
    """
    codes: dict[str, set[str]] = defaultdict(set)
    spellings: dict[str, str] = {}
    for name, code in (*_un_names(), *_iso_names(), *_cldr_names(), *_translated_names()):
        for spelling in _spellings(name):
            codes[spelling.casefold()].add(code)
            spellings.setdefault(spelling.casefold(), spelling)
    return {spellings[folded]: next(iter(found)) for folded, found in codes.items() if len(found) == 1 and folded not in AMBIGUOUS}


def _iso_names() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")):
            if name:
                yield name, country.alpha_3
            if inverted := OF.fullmatch(name):  # Iran (Islamic Republic of), as the United Nations write it; Islamic Republic of Iran.
                yield f"{inverted['name']} ({inverted['rest']})", country.alpha_3
                yield f"{inverted['rest']} {inverted['name']}", country.alpha_3
                yield f"{inverted['rest']} {inverted['name']}".removeprefix("The "), country.alpha_3


def _un_names(english: bool = False) -> Iterator[tuple[str, str]]:
    """The names that the United Nations write; `english`: only those in English."""
    for line in UN_NAMES.strip().splitlines():
        code, _, names = line.partition(" ")
        listed = names.partition("||")[0] if english else names
        yield from ((name, code) for name in listed.split("|") if name)


def _cldr_names() -> Iterator[tuple[str, str]]:
    for line in CLDR_NAMES.strip().splitlines():
        code, _, names = line.partition(" ")
        yield from ((name, code) for name in names.split("|"))


def _translated_names() -> Iterator[tuple[str, str]]:
    """The official names of ISO 3166 in other languages, such as République du Burundi; short names are CLDR's, of which pycountry translates some wrongly."""
    for language in TRANSLATIONS:
        translated = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language]).gettext
        for country in pycountry.countries:
            if (official := getattr(country, "official_name", "")) and (name := translated(official)) != official:
                yield name, country.alpha_3


def _spellings(name: str) -> Iterator[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    for spelling in dict.fromkeys((name, plain if plain.isascii() else VOWEL_SIGNS.sub("", name))):
        for words in dict.fromkeys((spelling, spelling.replace("&", "and"), spelling.replace(" of the ", " of "))):
            yield from dict.fromkeys((words.replace("’", "'"), words.replace("'", "’")))
