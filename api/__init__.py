"""Answering questions about facts; it names no field of any kind."""
