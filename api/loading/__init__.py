"""Changes facts by loads, retractions and undos, each one transaction and one revision.

Imports intake, store, sql.loading, sql.answering, sql, settings, errors and schema.
"""
