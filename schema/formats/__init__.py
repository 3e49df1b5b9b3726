"""The file formats of the field that a load recognizes.

Imports kinds, model and codelists.
"""

from ..kinds import KINDS
from ..model.declaration_error import BadDeclaration
from .acled import ACLED
from .claim_tables import CLAIM_TABLES
from .declarations import problems
from .dppa import DPPA_FATALITIES
from .format import FileFormat
from .gazetteers import GEONAMES_COUNTRIES, OCHA_PCODES
from .hxl import HXL
from .idmc_idu import IDMC_IDU
from .oryx import ORYX
from .russian_losses import RUSSIAN_EQUIPMENT, RUSSIAN_PERSONNEL
from .tech_for_palestine import GAZA_CASUALTIES, GAZA_DAMAGE, LEBANON_CASUALTIES
from .ucdp_ged import UCDP_GED
from .unhcr import UNHCR_SITUATIONS

__all__ = ["FORMATS", "HXL", "protected_formats"]

FORMATS = (
    UCDP_GED,
    ACLED,
    IDMC_IDU,
    DPPA_FATALITIES,
    UNHCR_SITUATIONS,
    GAZA_CASUALTIES, GAZA_DAMAGE, LEBANON_CASUALTIES,
    RUSSIAN_EQUIPMENT, RUSSIAN_PERSONNEL,
    ORYX,
    OCHA_PCODES,
    GEONAMES_COUNTRIES,
    HXL,
    *CLAIM_TABLES,
)  # fmt: skip


def protected_formats() -> list[FileFormat]:
    """The formats of publishers whose terms forbid redistribution. Each declares by which traits rows and texts of it are recognized."""
    return [format for format in FORMATS if format.traits]


if all_problems := [problem for format in FORMATS for problem in problems(KINDS, format)]:
    raise BadDeclaration("\n".join(all_problems))
if len({format.name for format in FORMATS}) < len(FORMATS):
    raise BadDeclaration("two formats in schema/formats/__init__.py have the same name")
