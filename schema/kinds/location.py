"""Locations: places, and the larger places that they lie in."""

from ..codelists.vocabularies import COUNTRY, LOCATION_KIND
from ..model.field import APART, WITHIN, Field
from ..model.kind import Kind
from ..model.types import (
    INTEGER,
    LATITUDE,
    LONGITUDE,
    TEXT,
    code,
    ref,
)

LOCATION = Kind(
    "location", "locations", "A place: a country, a division of one, a settlement, a site or an area.",
    Field("name", TEXT, "The name in English or in Latin letters.", required=True, search=True),
    Field("native_name", TEXT, "The name in the local language and script.", search=True),
    Field("kind", code(LOCATION_KIND), "The type of place.", required=True, what=WITHIN),
    Field("country", code(COUNTRY), "The country that it lies in.", index=True, what=APART),
    Field("part_of", ref("location"), "The next larger place that it lies in.", reverse="parts", index=True),
    Field("latitude", LATITUDE, "The latitude of its centre, WGS 84.", group="point", unit="degrees"),
    Field("longitude", LONGITUDE, "The longitude of its centre, WGS 84.", group="point", unit="degrees"),
    Field("geonames_id", INTEGER, "The number of the place in GeoNames.", index=True, what=APART),
    Field("pcode", TEXT, "The place code of OCHA's common operational datasets (HXL #adm+code).", index=True),
    Field("gleditsch_ward", INTEGER, "The number of the country in the list of Gleditsch and Ward, which UCDP uses.", index=True),
    label="name", point=("latitude", "longitude"), indexes=[("latitude", "longitude")],
)  # fmt: skip
