"""What a fact consists of: kinds, fields, value types, claims, totals and revisions.

Imports codelists.
"""
