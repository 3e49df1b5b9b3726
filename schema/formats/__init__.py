from .format import Format
from .ucdp_ged import UCDP_GED

FORMATS = (UCDP_GED,)
