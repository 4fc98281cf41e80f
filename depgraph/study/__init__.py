"""The folder as data: sources, claims, figures, ledger, stages, recipes, stocks; reading, checking, a new one."""
