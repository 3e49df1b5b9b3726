"""Tests of api/commands."""
