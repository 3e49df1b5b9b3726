"""Tests of api/query."""
