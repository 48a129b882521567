"""Tests of the officer's map."""
