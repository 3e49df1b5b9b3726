"""Tests of api/http."""
