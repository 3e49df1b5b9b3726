"""Tests of api/costs."""
