"""What Russian and Ukrainian have in common: the verb stands before the number, and agrees with the noun only behind 1, 21, 31 and so on."""

from __future__ import annotations

from ..grammar import ONE, OTHER, F, Language, M, Noun, Wording

FEW, MANY = "few", "many"


def noun(one: str, few: str, many: str, gender: str = M, one_of: str = "", some: str = "") -> Noun:
    """A noun: 1 `one`, 2 `few`, 5 `many`, more than 1 `one_of`, an unknown number of `some`. `one_of` is `few`, and `some` is `many`, unless given."""
    governed = one_of or few
    return Noun({ONE: one, FEW: few, MANY: many, OTHER: governed}, some or many, gender, {ONE: governed, OTHER: many})


def verb(masculine: str, feminine: str, neuter: str, behind: str = "", negative: str = "", few: str = "") -> Wording:
    """A verb in the past tense; the neuter is that of every number but 1, and of "more than".

    `few`: before 2, 3 and 4, if it is not the neuter. `negative`: before "none", if it is not "not" and the neuter.
    """
    forms = (masculine, feminine, neuter, few or neuter)
    return Wording([f"{form} {{counted}}{behind}" for form in forms], negative=negative and f"{negative} {{counted}}{behind}")


class Slavic(Language):
    negation = "не {}"

    def agreement(self, noun: Noun | None, category: str, plain: bool) -> int:
        if noun is None or not plain or category not in (ONE, FEW):
            return 2
        return 3 if category == FEW else 0 if noun.gender == M else 1 if noun.gender == F else 2
