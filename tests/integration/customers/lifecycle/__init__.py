"""Tests of the lifecycle, groups and allocation."""
