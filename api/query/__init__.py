"""Queries as pure data, independent of the surface they come from: nodes, conditions, cursors and bound values.

Imports errors and schema.
"""
