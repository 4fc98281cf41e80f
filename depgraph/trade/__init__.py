"""Bilateral trade: reading files, adding up to regions, screening for dependency."""
