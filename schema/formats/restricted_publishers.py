"""What rows of a publisher look like whose terms forbid redistribution, so that they are recognized when columns were removed or renamed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ENOUGH = 4  # The weights of traits that together show whose rows these are.
SUSPECT = 3  # Those that others may have too, so that only who loads the rows can tell whose they are.
ARTICLES = frozenset(
    "a al d da das de del des do dos du en et l la las le les los of the".split()
)  # Words of names that their spellings leave out or not.


@dataclass(frozen=True)
class ValueTrait:
    """Values of a column that few other datasets have.

    `pattern` (RE2): of the values in a column, at least the `share` match it in full. `among`: if given, all values match this one. `sentence` says
    what they are, for messages.
    """

    sentence: str
    pattern: str
    share: float
    among: str = ""
    weight: int = ENOUGH


@dataclass(frozen=True)
class Traits:
    """The traits of a dataset: `names` of columns with their weights, without case, spaces and punctuation; `values`; and `mention`, how texts name it."""

    names: Mapping[str, int] = field(default_factory=dict)
    values: tuple[ValueTrait, ...] = ()
    mention: str = r"(?!)"

    def named(self, names: Iterable[str]) -> dict[str, int]:
        """The names that are traits, each with its weight. A name may be a path in JSON, a tag, or have a position behind it."""
        found = {name: self.names.get(squeezed(name), 0) for name in names}
        return {name: weight for name, weight in found.items() if weight}

    def mentions(self, text: str) -> bool:
        """Whether a text names the dataset or its publisher."""
        return re.search(self.mention, text, re.IGNORECASE) is not None

    def keeps(self, original: str) -> bool:
        """Whether a record of a source, as JSON, has the names of the dataset."""
        try:
            record = json.loads(original)
        except ValueError:
            return False
        return isinstance(record, dict) and sum(self.named(record).values()) >= ENOUGH


def squeezed(name: str) -> str:
    """The last part of a name, in small letters and digits alone, without accents and articles: `eventidcnty` for `properties.EVENT_ID_CNTY (column 3)`,
    and `typeevenement` for `type d'événement`."""
    last = re.sub(r" \(column \d+\)$", "", name).rpartition(".")[2].lower()
    plain = "".join(character for character in unicodedata.normalize("NFKD", last) if not unicodedata.combining(character))
    return "".join(word for word in re.findall(r"[^\W_]+", plain) if word not in ARTICLES)
