"""The formats of the field that a load knows."""

from .oryx import ORYX
from .own import OWN
from .palestine import GAZA_CASUALTIES, GAZA_DAMAGE, LEBANON_CASUALTIES
from .russian_losses import RUSSIAN_EQUIPMENT, RUSSIAN_PERSONNEL
from .ucdp_ged import UCDP_GED

FORMATS = (
    UCDP_GED,
    GAZA_CASUALTIES, GAZA_DAMAGE, LEBANON_CASUALTIES,
    RUSSIAN_EQUIPMENT, RUSSIAN_PERSONNEL,
    ORYX,
    *OWN,
)  # fmt: skip
