"""The tags of the HXL core schema by which a table without number signs is recognized."""

from __future__ import annotations

# A row of these words in place of tags lacks its number signs.
CORE_TAGS = frozenset("adm1 adm2 adm3 affected country date event geo group inneed loc meta org reached sector targeted".split())
