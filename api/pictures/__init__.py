"""Pictures, drawn in a process of their own that starts when it is first needed, and ends when it is idle.

Imports store and errors.
"""
