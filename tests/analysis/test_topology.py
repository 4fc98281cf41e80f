"""The shape of chains on small studies whose answers are found by hand."""

import csv
import io

import pytest

from depgraph.analysis import topology
from depgraph.cli import shape
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.study import ledger, study
from tests import small
from tests.analysis.test_chokepoints import ALL, chain
from tests.analysis.test_shocks import FIGURES, joined

MONOPOLY = [small.figure(1, "ore/mine", "CHN", 1.0), *FIGURES[2:]]


def points(figures, negligible=0.02):
    _, _, network = joined(figures)
    found = topology.single_points(network, "drone/complete", negligible=negligible)
    return found, topology.parts_stopped(network, found)


def look(figures, target, change=None):
    """Return the chains of a small study in which the rival is CHN."""
    study_ = chain(figures)
    if change:
        change(study_)
    picture = estimates.estimate(study_)
    return topology.chains(picture, dependencies.build(study_, picture), target, "CHN")


def printed(run, *arguments):
    result = run(*arguments, "-f", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_sole_supplier_behind_a_complement_is_missed_by_dominators():
    figures = [
        small.figure(1, "a/x", "CHN", 1.0),
        small.figure(2, "b/x", "JPN", 0.5),
        small.figure(3, "b/x", "USA", 0.5),
    ]
    stages = [small.stage("a/x"), small.stage("b/x"), small.stage("good/x", final=True)]
    recipes = [small.recipe(1, "a/x", "good/x", "A-all"), small.recipe(2, "b/x", "good/x", "A-all")]
    study_ = small.make(figures=figures, stages=stages, recipes=recipes, ledger=[ALL])
    network = dependencies.build(study_, estimates.estimate(study_))
    found = topology.single_points(network, "good/x", negligible=0.05)
    assert "CHN:a/x" in found.and_or
    assert "CHN:a/x" not in found.dominators
    assert "CHN:a/x" in found.missed
    assert "JPN:b/x" not in found.and_or


def test_a_lost_input_stops_only_the_part_of_the_stage_that_needs_it():
    found, parts = points(MONOPOLY)
    assert set(found.and_or) == {"CHN:ore/mine", "ore/mine", "metal/plant", "USA:drone/complete"}
    assert parts["ore/mine"] == parts["CHN:ore/mine"] == parts["metal/plant"] == (0.4, 0.5, 0.6)


def test_the_sole_supplier_of_the_stage_itself_stops_all_of_it():
    _, parts = points(MONOPOLY)
    assert parts["USA:drone/complete"] == dependencies.ONE


def test_parts_shrink_with_each_dependent_share_along_the_way():
    study_ = chain(FIGURES)
    study_.tables["recipes"][0]["parent"] = ("A-half",)
    network = dependencies.build(study_, estimates.estimate(study_))
    found = topology.single_points(network, "drone/complete", negligible=0.02)
    assert topology.parts_stopped(network, found)["ore/mine"] == pytest.approx((0.16, 0.25, 0.36))


def test_a_supplier_that_is_not_known_is_never_lost_and_never_named():
    found, _ = points([])
    named = {*found.and_or, *found.dominators, *found.missed, *found.overstated}
    assert named == {"ore/mine", "metal/plant"}


def test_a_supplier_up_to_a_negligible_share_is_no_alternative():
    figures = [small.figure(1, "ore/mine", "CHN", 0.97), small.figure(2, "ore/mine", "AUS", 0.03)]
    assert "CHN:ore/mine" in points(figures, negligible=0.05)[0].and_or
    assert "CHN:ore/mine" not in points(figures, negligible=0.02)[0].and_or


def test_no_stage_is_said_to_stop_drones_that_only_a_part_of_them_needs(run):
    rows = {row["node"]: row for row in printed(run, "structure", "--of", "drones/complete")}
    assert not [node for node in rows if node.startswith("unknown:")]
    for node in ("batteries/cobalt_mining", "batteries/graphite_mining", "gallium/primary"):
        assert rows[node]["stops"] == "a part"
        assert float(rows[node]["part_low"]) < float(rows[node]["part_central"]) < 1
    assert all((row["stops"] == "yes") == (float(row["part_low"]) == 1) for row in rows.values())


def test_what_is_negligible_is_taken_from_the_ledger(run):
    value = study.load(study.find()).assumption(ledger.NEGLIGIBLE)[1]
    default, given = (
        printed(run, "structure", "--of", "drones/complete", *more) for more in ([], ["--negligible", str(value)])
    )
    assert default == given


def test_look_through_gives_the_bounds_and_what_is_hidden():
    (item,) = look(FIGURES, "metal/plant")
    assert item.stages == ("ore/mine", "metal/plant")
    assert item.direct == pytest.approx((0.495, 0.5, 0.505))
    assert item.least == pytest.approx(0.795)
    assert item.mixed == pytest.approx(1 - 0.2 * 0.5)
    assert item.most == 1
    assert item.hidden == pytest.approx(0.9 - 0.5)


def test_what_hides_upstream_counts_only_with_the_part_that_needs_it():
    (item,) = look(FIGURES, "drone/complete")
    assert item.needed["ore/mine"] == item.needed["metal/plant"] == (0.4, 0.5, 0.6)
    assert item.least == pytest.approx(0.4 * 0.795)
    assert item.mixed == pytest.approx(0.5 * (1 - 0.2 * 0.5))
    assert item.most == pytest.approx(0.6 + 0.005)  # what rounding leaves open of the drones


def test_at_least_is_never_above_mixed_nor_mixed_above_at_most():
    for share in (0.0, 0.3, 0.7, 1.0):
        figures = [
            small.figure(1, "ore/mine", "CHN", share),
            small.figure(2, "ore/mine", "AUS", 1 - share),
            *FIGURES[2:],
        ]
        (item,) = look(figures, "drone/complete")
        assert item.least <= item.mixed <= item.most


def test_at_most_grows_by_what_each_stage_may_add():
    figures = [
        small.figure(1, "metal/plant", "CHN", 0.1),
        small.figure(2, "metal/plant", "JPN", 0.9),
        small.figure(3, "ore/mine", "CHN", 0.2),
        small.figure(4, "ore/mine", "AUS", 0.8),
        *FIGURES[4:],
    ]
    (item,) = look(figures, "drone/complete")
    assert item.most == pytest.approx(0.6 * (0.105 + 0.205) + 0.005)


def test_a_stage_without_known_shares_may_be_all_of_the_rival_but_adds_nothing_to_at_least():
    figures = [small.figure(1, "drone/complete", "CHN", 0.2), small.figure(2, "drone/complete", "USA", 0.8)]
    (item,) = look(figures, "drone/complete")
    assert item.unknown == ("ore/mine", "metal/plant")
    assert (item.least, item.mixed, item.most) == pytest.approx((0.195, 0.2, 0.205 + 0.6))


def test_a_stage_whose_rest_is_open_does_not_count_as_free_of_the_rival():
    figures = [small.figure(1, "ore/mine", "CHN", 0.8), small.figure(2, "metal/plant", "JPN", 0.5)]
    (item,) = look(figures, "metal/plant")
    assert item.direct is None
    assert item.unknown == ("metal/plant",)
    assert item.most == 1


def test_a_stage_without_anything_upstream_is_a_chain_of_itself():
    (item,) = look(FIGURES, "ore/mine")
    assert item.stages == ("ore/mine",)
    assert item.direct == pytest.approx((0.795, 0.8, 0.805))
    assert (item.least, item.mixed, item.most) == pytest.approx((0.795, 0.8, 0.805))
    assert item.hidden == 0


def test_a_chain_of_which_no_share_is_known_has_no_numbers():
    (item,) = look([], "metal/plant")
    assert (item.direct, item.least, item.mixed, item.most, item.hidden) == (None,) * 5


def test_a_loop_without_an_origin_still_shows_its_stage():
    def close(study_):
        study_.tables["recipes"].append(small.recipe(3, "drone/complete", "ore/mine", "A-half"))

    (item,) = look(FIGURES, "metal/plant", close)
    assert item.stages == ("metal/plant",)


def test_the_exposure_of_a_mine_is_its_own_share(run):
    (row,) = printed(run, "exposure", "--of", "rare_earths/mining")
    assert row["chain"] == "rare_earths/mining"
    assert float(row["direct_central"]) == pytest.approx(float(row["mixed"]))


def test_bounds_are_rounded_away_from_what_is_not_sure():
    assert shape._bound("at least", 0.996) == "99%"
    assert shape._bound("at most", 0.314) == "32%"
    assert shape._bound("at least", 1 - (1 - 0.3)) == "30%"


def test_the_loss_of_a_flow_is_certified_by_its_cut():
    _, picture, _ = joined()
    curve = topology.flow_curve(picture, ("ore/mine", "metal/plant"))
    china = next(loss for loss in curve.losses if loss.kind == "group" and loss.name == "CHN")
    assert china.left.value == pytest.approx(0.2, abs=1e-6)
    assert [supplier for supplier, _ in china.left.cut] == ["AUS:ore/mine"]


def test_a_chain_without_shares_has_no_flow():
    _, picture, _ = joined([])
    assert topology.flow_curve(picture, ("ore/mine",)) is None
