"""The operators of filters: the SQL of each, the sentence that documents it, and the kinds of index that serve it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operator:
    """One comparison that a filter can make.

    The compiler fills `{column}` and `{value}` in `sql`; an operator with an empty `sql` is written by the compiler itself.
    """

    sql: str
    sentence: str
    many: bool = False  # The argument is a list of values.
    flag: bool = False  # The argument is true or false, whatever the type of the field.
    indexes: tuple[str, ...] = ()  # The kinds of index that serve it.


OPERATORS: dict[str, Operator] = {
    "eq": Operator("{column} = {value}", "Equal to this value.", indexes=("btree", "hash")),
    "ne": Operator("({column} = {value}) is not true", "Not this value; unknown counts as not this value."),
    "one_of": Operator("{column} = any({value})", "One of these values.", many=True, indexes=("btree", "hash")),
    "gt": Operator("{column} > {value}", "Greater than, or after, this value.", indexes=("btree",)),
    "gte": Operator("{column} >= {value}", "This value, or greater or later.", indexes=("btree",)),
    "lt": Operator("{column} < {value}", "Less than, or before, this value.", indexes=("btree",)),
    "lte": Operator("{column} <= {value}", "This value, or less or earlier.", indexes=("btree",)),
    "contains": Operator(
        "strpos(fold({column}), fold({value})) > 0", "Contains this text, whatever its case and accents.", indexes=("search",)
    ),
    "has": Operator("{column} @> array[{value}]", "The list has this value.", indexes=("gin",)),
    "within": Operator("{column} = any(array{value})", "This record, or one that is part of it, at whatever depth.", indexes=("btree",)),
    "match": Operator("", "The record referred to meets these conditions.", indexes=("btree",)),
    "known": Operator("({column} is not null) = {value}", "True: a value is known. False: none is.", flag=True),
}

# The operators of a type, by what its values allow.
EQUALITY = ("eq", "ne", "one_of", "known")
TEXTUAL = ("eq", "ne", "one_of", "contains", "known")
ORDERED = ("eq", "ne", "one_of", "gt", "gte", "lt", "lte", "known")
MEMBERSHIP = ("has", "known")
COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte")  # Of the number of records that refer to a record.
