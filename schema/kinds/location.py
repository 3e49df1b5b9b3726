"""Locations: places, and how they nest."""

from ..codelists.vocabularies import COUNTRY, LOCATION_KIND
from ..model.field import Field
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
    Field("kind", code(LOCATION_KIND), "What sort of place this is.", required=True),
    Field("country", code(COUNTRY), "The country it lies in.", index=True),
    Field("part_of", ref("location"), "The next larger place that it lies in.", reverse="parts", index=True),
    Field("latitude", LATITUDE, "Latitude of its centre, WGS 84.", group="point", unit="degrees"),
    Field("longitude", LONGITUDE, "Longitude of its centre, WGS 84.", group="point", unit="degrees"),
    Field("geonames_id", INTEGER, "The number of the place in GeoNames.", index=True),
    Field("pcode", TEXT, "The place code of OCHA's common operational datasets (HXL #adm+code).", index=True),
    Field("gleditsch_ward", INTEGER, "The number of the country in the list of Gleditsch and Ward, as UCDP uses it.", index=True),
    label="name", point=("latitude", "longitude"), indexes=[("latitude", "longitude")],
)  # fmt: skip
