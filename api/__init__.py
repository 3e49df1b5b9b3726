"""The service: it stores claims, settles them into facts and answers queries, for the kinds declared in schema; it names no field of them."""

__version__ = "0.2.0"  # The only place: the wheel and an editable install read it from here.
