"""Tests of api/pages."""
