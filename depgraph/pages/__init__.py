"""The report: one page, its charts, and what both rest on."""
