"""Tests of api/intake."""
