"""Tools for language models, by the Model Context Protocol: each sends the request that REST has for its question.

Imports http, store, words, query, errors and schema.
"""
