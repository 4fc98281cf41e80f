"""What a share counts, in words: a definition is never shown as a code to people."""

from collections.abc import Mapping

# what is counted, and by what it is told whose it is
COUNTED = {
    "production_share": "output",
    "capacity_share": "capacity",
    "market_share": "sales",
    "export_share": "exports",
    "volume_share": "volume used",
    "filings_share": "filings",
    "sites_share": "sites",
    "sole_source_share": "goods with this only source",
    "projected_share": "projected output",
}
BASES = {
    "mass_by_site": "by place of making",
    "mass_by_owner": "by owner",
    "value_by_site": "by value and place of making",
    "value_by_firm": "by value and firm",
    "count_by_site": "by place of making",
    "capacity_by_site": "by place",
    "capacity_by_firm": "by firm",
    "market_by_firm_home": "by home of the firm",
    "count_by_filing": "by place of making",
    "mass_trade": "by mass",
    "value_trade": "by value",
    "verbal": "as sources word it",
}


def in_words(definition: str, names: Mapping[str, str]) -> str:
    """Write a definition in words.

    Parameters
    ----------
    definition
        ``metric:basis``, with ``@market`` and ``#scope``.
    names
        Code of an economy to its name.

    Returns
    -------
    str
        What is counted, how, of which part, on whose market.

    Examples
    --------
    >>> in_words("filings_share:count_by_filing@USA#new_filings", {"USA": "United States"})
    'filings by place of making (new filings), market of United States'
    """
    whole, _, scope = definition.partition("#")
    counted, _, market = whole.partition("@")
    metric, _, basis = counted.partition(":")
    what = COUNTED.get(metric, metric.replace("_", " "))
    how = "" if basis in {"", "none"} else " " + BASES.get(basis, basis.replace("_", " "))
    part = f" ({scope.replace('_', ' ')})" if scope else ""
    place = f", market of {names.get(market, market)}" if market else ""
    return f"{what}{how}{part}{place}"
