"""Tests of bevparse."""
