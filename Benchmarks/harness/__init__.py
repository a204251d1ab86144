"""Measures Drumbeat against its targets; docs/performance.md explains them and how to run this."""
