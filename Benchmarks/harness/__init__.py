"""Measures Drumbeat against its targets; docs/performance.md says what they are and how to run this."""
