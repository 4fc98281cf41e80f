"""The assumptions ledger and the lexicon of words of magnitude.

Every number that is neither claimed nor published stands here with a reason, so that a
computation takes it by name and a trail can end at it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from depgraph.core.errors import UnknownNameError

# the assumptions that computations take by name; a study must have a row for each
ROUNDING = "A-rounding"  # half width of a share that is printed as a whole percent
STATISTICS = "A-statistics"  # relative error of a published quantity
BOUND_MODE = "A-bound-mode"  # how far above a printed lower bound the central value lies
APPROXIMATE = "A-approximate"  # relative width of "about"
WINDOW = "A-window"  # years that count as the present
VERBAL_BASIS = "A-verbal-basis"  # what share a word without a definition speaks of
POOLED_MARKET = "A-pooled-market"  # who supplies a bloc whose own imports are not known
EMBODIED = "A-embodied"  # what goods made abroad hold of the stages before
MIRROR_GAP = "A-mirror-gap"  # relative error of a trade figure
NEGLIGIBLE = "A-negligible"  # world share below which a bloc counts as importing all it uses
NO_RESPONSE = "A-no-response"  # no stock, no substitute, no spare capacity in the first round
EQUAL_WEIGHTS = "A-equal-weights"  # how finished goods are weighed against each other
SUPPLY_ELASTICITY = "A-supply-elasticity"  # of what is left after a disruption, first year
DEMAND_ELASTICITY = "A-demand-elasticity"  # likewise
CHOKE_PRICE = "A-choke-price"  # multiple of the price at which users turn away
ESRI_ESSENTIAL = "A-esri-essential"  # dependent share from which the cascade calls an input essential
SPARE_CAPACITY = "A-spare-capacity"  # part by which the remaining suppliers can raise their output at once
STRENGTH = "A-strength-threshold"  # share of world output from which a member counts as having a stage
NEED = "A-need-threshold"  # part of a supply above which one counts as lacking a stage
BY_NAME = (
    ROUNDING, STATISTICS, BOUND_MODE, APPROXIMATE, WINDOW, VERBAL_BASIS,
    POOLED_MARKET, MIRROR_GAP, NEGLIGIBLE, NO_RESPONSE, EQUAL_WEIGHTS,
    SUPPLY_ELASTICITY,
    DEMAND_ELASTICITY,
    CHOKE_PRICE,
    ESRI_ESSENTIAL,
    SPARE_CAPACITY,
    EMBODIED,
)  # fmt: skip
# what the ranking takes by name where a study has it
HOME_UNKNOWN = "A-home-unknown"  # home output that nobody publishes, as a multiple of what is imported
HOME_PART_UNKNOWN = "A-home-part-unknown"  # part of the next stages made at home where nothing is known of them
CARD_DEPENDENCE = "A-card-dependence"  # part of the supply: mild below the low value, grave from the high one
CARD_VALUE = "A-card-value"  # finished goods at stake in a year, likewise
CARD_YEARS = "A-card-years"  # until one could do without, likewise
HOME_MADE = "A-home-made"  # likewise of a member that is known to make the stage
RANKING = (
    HOME_UNKNOWN,
    HOME_MADE,
    HOME_PART_UNKNOWN,
    CARD_DEPENDENCE,
    CARD_VALUE,
    CARD_YEARS,
    STRENGTH,
    NEED,
)
# what the diversion model takes by name; a study without its tables needs none of them
DISCOUNT_RATE = "A-discount-rate"  # of future money
UTILISATION = "A-utilisation"  # part of today's capacity that is in use
LATENT_MARGIN = "A-latent-margin"  # how much dearer a route is that nobody used
INDEPENDENCE = "A-independence-threshold"  # part of a bloc's supply below which it no longer depends
FIXED_PART = "A-fixed-part"  # of the investment in a plant of the smallest efficient size
KNOW_HOW = "A-know-how-transfer"  # part of the gap in cost to a donor that a transplant closes
HOME_FIRST = "A-home-first"  # part of what can be met from own output that is, where nobody records trade
DIVERSION = (
    DISCOUNT_RATE,
    UTILISATION,
    LATENT_MARGIN,
    INDEPENDENCE,
    FIXED_PART,
    KNOW_HOW,
    HOME_FIRST,
)
MADE_OF = "A-made-of"  # that an output is made of an input and of nothing else
# what the tables of a first plan name, with ranges that hold for many goods: a new study starts with them
FIRST_PLAN = (
    "A-tier-defence",
    "A-tier-essential",
    "A-worth-defence",
    "A-worth-essential",
    "A-worth-other",
    "A-elasticity",
    "A-freight-goods",
    "A-index-world",
    MADE_OF,
    "A-cost-expand",
    "A-lead-plant",
    "A-life",
    "A-investment",
    "A-ramp",
    "A-working-stock",
    "A-stock-limit",
    "A-holding-cost",
)
ERRORS = (STATISTICS, MIRROR_GAP)  # an error of 1 would leave nothing to compare
RULES = (
    WINDOW,
    VERBAL_BASIS,
    POOLED_MARKET,
    EMBODIED,
    NO_RESPONSE,
    EQUAL_WEIGHTS,
)  # these have no number; all others must


@dataclass(frozen=True)
class Assumption:
    """One row of the ledger: low, central and high value and the reason for them."""

    assumption_id: str
    what: str
    value: float | None
    low: float | None
    high: float | None
    unit: str | None
    reason: str
    source_id: str | None

    def range(self) -> tuple[float, float, float]:
        """Return (low, central, high); a bound that is not given equals the central value.

        Returns
        -------
        tuple of float
            In the assumption's unit.

        Raises
        ------
        UnknownNameError
            If the row has no central value.
        """
        if self.value is None:
            what = "value of assumption"
            raise UnknownNameError(what, self.assumption_id, ())
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return low, self.value, high


@dataclass(frozen=True)
class Term:
    """One word of the lexicon: the shares it allows and whether it says that nobody has more."""

    term: str
    low: float
    mode: float
    high: float
    leads: bool
    version: str
    reason: str


def read_ledger(rows: Iterable[Mapping[str, Any]]) -> dict[str, Assumption]:
    """Build the ledger from the rows of ``assumptions.csv``.

    Returns
    -------
    dict
        Assumption id to `Assumption`, in the order of the file.
    """
    return {
        row["assumption_id"]: Assumption(
            row["assumption_id"],
            row["what"],
            row["value"],
            row["low"],
            row["high"],
            row["unit"],
            row["reason"],
            row["source_id"],
        )
        for row in rows
    }


def read_lexicon(rows: Iterable[Mapping[str, Any]]) -> dict[str, Term]:
    """Build the lexicon from the rows of ``lexicon.csv``.

    Returns
    -------
    dict
        Term to `Term`, in the order of the file.
    """
    return {
        row["term"]: Term(row["term"], row["min"], row["mode"], row["max"], row["leads"], row["version"], row["reason"])
        for row in rows
    }
