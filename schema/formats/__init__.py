"""The formats of the field that a load knows."""

from .dppa import DPPA_FATALITIES
from .gazetteers import GEONAMES_COUNTRIES, OCHA_PCODES
from .hxl import HXL
from .idmc_idu import IDMC_IDU
from .ucdp_ged import UCDP_GED
from .unhcr import UNHCR_SITUATIONS

__all__ = ["FORMATS", "HXL"]

FORMATS = (
    UCDP_GED,
    IDMC_IDU,
    DPPA_FATALITIES,
    UNHCR_SITUATIONS,
    OCHA_PCODES,
    GEONAMES_COUNTRIES,
    HXL,
)
