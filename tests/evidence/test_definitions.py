"""Definitions: kept apart by construction, the one that fits a bloc is taken, told in words."""

import itertools

import pytest

from depgraph.evidence import definitions, estimates, intervals
from depgraph.interface import loading
from tests import small

STAGE = "ga/primary"
OWN = "production_share:mass_by_site"


def picture_of(figures=(), claims=(), basis=OWN):
    return estimates.estimate(small.make(stages=[small.stage(STAGE, basis=basis)], figures=figures, claims=claims))


def figure(number, economy, value, **more):
    return small.figure(number, STAGE, economy, value, **more)


def words(number, economy="CHN", **more):
    return small.claim(number, STAGE, economy, **more)


# --- never merged -------------------------------------------------------------------------------

KINDS = [
    {},
    {"metric": "capacity_share", "basis": "capacity_by_site"},
    {"basis": "mass_by_owner"},
    {"market": "USA"},
    {"market": "JPN"},
    {"scope": "new_filings"},
    {"market": "USA", "scope": "new_filings"},
]


def named(kind):
    """Return the definition that a kind of figure must have."""
    market, scope = kind.get("market"), kind.get("scope")
    whole = f"{kind.get('metric', 'production_share')}:{kind.get('basis', 'mass_by_site')}"
    return whole + (f"@{market}" if market else "") + (f"#{scope}" if scope else "")


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(len(KINDS)), 2)))
def test_figures_that_differ_in_metric_basis_market_or_scope_never_share_a_vector(one, other):
    rows = [figure(1, "CHN", 0.9, **KINDS[one]), figure(2, "CHN", 0.3, **KINDS[other])]
    found = picture_of(rows).definitions(STAGE)
    assert set(found) == {named(KINDS[one]), named(KINDS[other])}
    for definition, central, parent in ((named(KINDS[one]), 0.9, "F-1"), (named(KINDS[other]), 0.3, "F-2")):
        (china,) = [item for item in found[definition] if item.economy == "CHN"]
        assert china.central == pytest.approx(central)
        assert {name for name in china.parents if name.startswith("F-")} == {parent}
        assert not china.conflict


def test_under_one_definition_two_figures_do_share_a_vector():
    rows = [figure(1, "CHN", 0.9, market="USA"), figure(2, "KOR", 0.05, market="USA")]
    (items,) = picture_of(rows).definitions(STAGE).values()
    assert [item.economy for item in items] == ["CHN", "KOR", "ROW"]


def test_a_quantity_of_one_market_is_no_part_of_the_worlds_total():
    rows = [
        figure(1, "CHN", 90.0, metric="production", unit="t", market="USA"),
        figure(2, "WLD", 100.0, metric="production", unit="t"),
    ]
    assert picture_of(rows).definitions(STAGE) == {}
    rows.append(figure(3, "WLD", 300.0, metric="production", unit="t", market="USA"))
    (items,) = picture_of(rows).definitions(STAGE).values()
    assert items[0].central == pytest.approx(0.3)


def test_every_vector_sums_to_one_and_has_an_id_of_its_own():
    picture = picture_of([figure(n, "CHN", 0.1 * n + 0.2, **kind) for n, kind in enumerate(KINDS)])
    for items in picture.definitions(STAGE).values():
        assert sum(item.central for item in items) == pytest.approx(1.0)
    assert len({item.estimate_id for item in picture.estimates}) == len(picture.estimates)


# --- words --------------------------------------------------------------------------------------


def test_words_join_the_stages_own_vector_of_the_world():
    found = picture_of([figure(1, "KOR", 0.1)], [words(1)]).definitions(STAGE)
    assert list(found) == [OWN]
    assert {item.economy for item in found[OWN]} == {"CHN", "KOR", "ROW"}


@pytest.mark.parametrize("extent", [{"market": "USA"}, {"scope": "new_filings"}])
def test_words_never_join_a_vector_of_one_market_or_of_a_part(extent):
    found = picture_of([figure(1, "KOR", 0.1, **extent)], [words(1)]).definitions(STAGE)
    assert set(found) == {named(extent), estimates.VERBAL_DEFINITION}
    assert {item.economy for item in found[named(extent)]} == {"KOR", "ROW"}
    assert {parent for item in found[named(extent)] for parent in item.parents if parent.startswith("C-")} == set()


def test_words_do_not_join_a_market_even_where_the_study_names_it():
    found = picture_of([figure(1, "KOR", 0.1, market="USA")], [words(1)], basis=f"{OWN}@USA").definitions(STAGE)
    assert set(found) == {f"{OWN}@USA", estimates.VERBAL_DEFINITION}


# --- which one fits -----------------------------------------------------------------------------


def fitting(figures, members, claims=(), basis=OWN):
    items = picture_of(figures, claims, basis).fitting(STAGE, members)
    return items[0].metric if items else None


WORLD, USA, JPN = figure(1, "CHN", 0.9), figure(2, "CHN", 0.3, market="USA"), figure(3, "CHN", 0.5, market="JPN")
QUAD = ("AUS", "IND", "JPN", "USA")


@pytest.mark.parametrize(
    ("figures", "members", "taken"),
    [
        ([WORLD, USA], ("USA",), f"{OWN}@USA"),
        ([WORLD, USA], ("JPN",), OWN),
        ([WORLD, USA], QUAD, OWN),
        ([USA], QUAD, f"{OWN}@USA"),
        ([USA], ("JPN",), None),
        ([USA, JPN], ("JPN",), f"{OWN}@JPN"),
        ([USA, JPN], ("IND",), None),
        ([], ("USA",), None),
    ],
)
def test_a_blocs_own_market_fits_before_the_world_and_a_members_after_it_and_anothers_never(figures, members, taken):
    assert fitting(figures, members) == taken


def test_a_part_of_a_stage_fits_only_where_the_whole_is_not_known():
    part = figure(4, "CHN", 0.99, scope="new_filings")
    assert fitting([WORLD, part], ("USA",)) == OWN
    assert fitting([part], ("USA",)) == f"{OWN}#new_filings"


def test_of_several_that_fit_alike_the_stages_own_is_taken_else_what_is_used_before_what_counts():
    sold = figure(5, "CHN", 0.2, metric="market_share", basis="market_by_firm_home")
    counted = figure(6, "CHN", 0.8, metric="sites_share", basis="count_by_site")
    assert fitting([sold, counted, WORLD], ("USA",)) == OWN
    assert fitting([sold, counted], ("USA",), basis="sites_share:count_by_site") == "sites_share:count_by_site"
    assert fitting([sold, counted], ("USA",), basis=None) == "market_share:market_by_firm_home"


def test_a_word_is_asked_last():
    assert fitting([figure(1, "KOR", 0.1, market="USA")], QUAD, [words(1)]) == f"{OWN}@USA"
    others = [figure(1, "KOR", 0.1, market="KOR")]
    assert fitting(others, QUAD, [words(1)], basis=None) == estimates.VERBAL_DEFINITION
    # where the study names a definition of the world, words stand for it
    assert fitting(others, QUAD, [words(1)]) == OWN


def test_what_is_stale_comes_after_all_that_is_not():
    old = figure(1, "CHN", 0.9, year="2015", market="USA")
    new = figure(2, "CHN", 0.5, metric="capacity_share", basis="capacity_by_site")
    assert fitting([old, new], ("USA",)) == "capacity_share:capacity_by_site"
    assert fitting([old], ("USA",)) == f"{OWN}@USA"
    assert picture_of([old]).fitting(STAGE, ("USA",))[0].method.endswith("stale")


# --- in words -----------------------------------------------------------------------------------

NAMES = {"USA": "United States"}


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (OWN, "output by place of making"),
        ("capacity_share:capacity_by_firm", "capacity by firm"),
        ("volume_share:none@USA", "volume used, market of United States"),
        ("filings_share:count_by_filing@USA#new_filings",
         "filings by place of making (new filings), market of United States"),
        ("unheard_of:some_way@XXX", "unheard of some way, market of XXX"),
    ],
)  # fmt: skip
def test_a_definition_is_told_in_words(definition, told):
    assert definitions.in_words(definition, NAMES) == told


# --- the shipped study --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return loading.load()


def test_every_item_behind_a_shipped_estimate_has_its_definition(shipped):
    """A figure belongs to one definition alone, and a word to that of the world or to none but words."""
    for item in shipped.picture.estimates:
        for parent in item.parents:
            row = shipped.figures.get(parent)
            if row is not None and row["economy"] not in intervals.UNNAMED:
                metric = intervals.QUANTITY_METRICS.get(row["metric"], row["metric"])
                assert f"{metric}:{row['basis']}{intervals.extent(row)}" == item.metric, (item.estimate_id, parent)
            if parent in shipped.claims:
                assert "@" not in item.metric, (item.estimate_id, parent)
                assert "#" not in item.metric, (item.estimate_id, parent)


def test_no_shipped_figure_stands_behind_two_definitions(shipped):
    behind = {}
    for item in shipped.picture.estimates:
        for parent in item.parents:
            if parent in shipped.figures and shipped.figures[parent]["economy"] not in intervals.UNNAMED:
                behind.setdefault(parent, set()).add((item.stage, item.metric))
    assert {parent: where for parent, where in behind.items() if len(where) > 1} == {}


def test_every_shipped_definition_is_told_in_words_without_a_code(shipped):
    for item in shipped.picture.estimates:
        told = definitions.in_words(item.metric, shipped.economies.names)
        assert not set(told) & set(":@#_"), (item.metric, told)
        metric = item.metric.partition(":")[0]
        assert metric in definitions.COUNTED, metric


def test_pharmaceutical_ingredients_are_counted_in_several_ways(shipped):
    found = shipped.picture.definitions("pharmaceuticals/ingredient")
    assert len(found) >= 3
    assert {name.partition("@")[2].partition("#")[0] for name in found} & {"USA", "JPN", "IND"}


def test_no_bloc_takes_the_market_of_another(shipped):
    for bloc in ("USA", "JPN", "IND", "AUS"):
        for stage in shipped.stages:
            items = shipped.picture.fitting(stage, [bloc])
            if items:
                market = items[0].metric.partition("#")[0].partition("@")[2]
                assert market in {"", bloc}, (stage, bloc)
