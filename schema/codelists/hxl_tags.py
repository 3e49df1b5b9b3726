"""The tags of the HXL core schema."""

from __future__ import annotations

# Words of HXL's core, by which a row is known that lacks its number signs.
CORE_TAGS = {
    "adm1",
    "adm2",
    "adm3",
    "affected",
    "country",
    "date",
    "event",
    "geo",
    "group",
    "inneed",
    "loc",
    "meta",
    "org",
    "reached",
    "sector",
    "targeted",
}
