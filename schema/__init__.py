"""The model: kinds of record, value types and everything derived from them. No I/O and no clock; imports nothing of `api`."""
