"""The service: it stores claims, settles them into facts and answers queries, for the kinds declared in schema. Only `pages` and `words` name fields of these."""

__version__ = "0.2.0"  # The only place: the wheel and an editable install read it from here.
