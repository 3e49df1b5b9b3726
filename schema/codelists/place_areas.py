"""How large the area is in which something happened, by how precisely its place is known, and by what sort of place is named."""

from __future__ import annotations

POINT, PLACE, DISC, DISTRICT, PROVINCE, REGION, COUNTRY, WATERS = (
    "point",
    "place",
    "disc",
    "district",
    "province",
    "region",
    "country",
    "waters",
)
AREAS = (POINT, PLACE, DISC, DISTRICT, PROVINCE, REGION, COUNTRY, WATERS)  # From the smallest to the largest.
DISC_KM = 25  # The radius of DISC: UCDP's "near the place" is within about 25 km.

# What each area is, for a reader.
MEANINGS = {
    POINT: "exact place",
    PLACE: "a named place, its precision not stated",
    DISC: f"within about {DISC_KM} km of a place",
    DISTRICT: "second-level division (district)",
    PROVINCE: "first-level division (province)",
    REGION: "area without exact bounds",
    COUNTRY: "country",
    WATERS: "international waters or air space",
}
BY_PRECISION = {"1": POINT, "2": DISC, "3": DISTRICT, "4": PROVINCE, "5": REGION, "6": COUNTRY, "7": WATERS}  # Codes of PLACE_PRECISION.
BY_KIND = {  # Codes of LOCATION_KIND.
    "country": COUNTRY, "admin1": PROVINCE, "admin2": DISTRICT, "admin3": DISTRICT, "settlement": PLACE, "site": PLACE, "area": REGION,
}  # fmt: skip


def area_of(precision: str | None, kind: str | None) -> str:
    """The area in which a place lies, by its precision and the sort of the named place. If both give one, it is the larger: neither narrows the other."""
    stated, named = BY_PRECISION.get(precision or ""), BY_KIND.get(kind or "", PLACE)
    if stated is None:
        return named
    return stated if named in (PLACE, REGION) else max(stated, named, key=AREAS.index)
