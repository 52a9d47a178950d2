"""Dates as both languages write them here: 24 november 2026."""
