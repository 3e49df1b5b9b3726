"""The formats of the field that a load knows."""

from .ucdp_ged import UCDP_GED

FORMATS = (UCDP_GED,)
