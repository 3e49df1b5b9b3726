"""The number of each country (ISO 3166-1), by which collections of shapes name it."""

from __future__ import annotations

import pycountry

# Kosovo has no number; Natural Earth's shape of it has this name.
COUNTRY_NUMBERS: dict[str, str] = {country.alpha_3: country.numeric for country in pycountry.countries} | {"XKX": "Kosovo"}
