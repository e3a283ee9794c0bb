"""Findings and timelines for readers and for other tools."""
