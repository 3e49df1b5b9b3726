"""Names of fields in the spelling of GraphQL."""

from __future__ import annotations

from functools import cache

from strawberry.utils.str_converters import to_camel_case

camel = cache(to_camel_case)
