"""Tests of api/postgres."""
