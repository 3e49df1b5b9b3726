"""Tests of api/sql."""
