"""The kinds of record. A new kind is a file here and a name in this list.

Imports model and codelists.
"""

from ..model.kinds import Kinds
from .actor import ACTOR
from .event import EVENT
from .figure import FIGURE
from .location import LOCATION
from .participation import PARTICIPATION
from .source import SOURCE

KINDS = Kinds([SOURCE, ACTOR, LOCATION, EVENT, PARTICIPATION, FIGURE])
