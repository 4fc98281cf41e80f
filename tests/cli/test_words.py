"""What people read: answers first, names for identifiers, and every number that of the csv of the same run."""

import csv
import io
import re

import pytest

from depgraph.study import study as study_of


class Shipped:
    """The shipped study, with what the tests ask of a study."""

    def __init__(self, run):
        self.run = run

    def load(self):
        return study_of.load(study_of.find(None))


@pytest.fixture(params=["made", "shipped"])
def subject(request, made, run):
    """Return the made study, then the shipped one, where both sides have something to hold."""
    return made if request.param == "made" else Shipped(run)


def data(study, *arguments):
    """Return the rows that other programs get."""
    result = study.run(*arguments, "-f", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def words(study, *arguments):
    """Return what people get: the answer above the table, and the rows of the table."""
    result = study.run(*arguments, "-f", "md")
    assert result.exit_code == 0, result.stderr
    answer, _, table = result.stdout.partition("\n\n|")
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in f"|{table}".splitlines() if line]
    head, body = lines[0], lines[2:]
    return answer, [dict(zip(head, [*line, *[""] * len(head)], strict=False)) for line in body]


def percents(text):
    """Return the whole percents of a text."""
    return [int(number) for number in re.findall(r"(-?\d+)%", text)]


def test_why_answers_people_briefly_and_other_programs_in_full(made):
    identifier = "K:QUAD:CHN:gallium/primary"
    brief = made.run("why", identifier, "-f", "table").stdout
    full = made.run("why", identifier, "--full", "-f", "table").stdout
    assert brief.count("\n") <= 15
    assert brief.rstrip().endswith(f"depgraph why {identifier} --full")
    (row,) = [row for row in data(made, "chokepoints") if row["chokepoint_id"] == identifier]
    assert f"Quad loses {range_of(row, 'loss')} of its finished goods" in brief
    steps = data(made, "why", identifier)
    assert len(steps) > brief.count("\n")
    assert all(step["id"] in full for step in steps)


@pytest.mark.parametrize(
    "identifier",
    ["T:JPN:CHN:rare_earths/separation", "B:QUAD:CHN:rare_earths/separation", "D:gallium/primary", "V:gallium-stop",
     "V:gallium-stop:diversion_cost", "rare-earth-stop-2010", "CHN:rare_earths/metal", "X:legacy_chips/fabrication"],
)  # fmt: skip
def test_why_is_brief_for_times_balances_models_scenarios_and_shocks(run, identifier):
    written = run("why", identifier, "-f", "table").stdout.splitlines()
    assert 4 <= len(written) <= 15
    assert "It rests on:" in written
    assert written[-1].endswith("--full")


def test_why_of_a_balance_says_what_both_sides_could_cost(run):
    shipped = Shipped(run)
    rows = {row["chokepoint_id"]: row for row in data(shipped, "chokepoints")}
    written = run("why", "B:QUAD:CHN:rare_earths/separation", "-f", "table").stdout
    ours = rows["K:QUAD:CHN:rare_earths/separation"]
    assert f"Quad loses {range_of(ours, 'loss')} of its finished goods" in written
    theirs = data(shipped, "chokepoints", "--for", "CHN")
    members = [
        row for row in theirs if row["stage"] == ours["stage"] and row["economy"] in {"USA", "JPN", "IND", "AUS"}
    ]
    most = largest(members, "loss_central")
    assert f"On the other side {shipped.load().economies.names[most['economy']]} could cost China" in written


def test_a_time_of_which_no_day_is_known_is_not_said_to_be_zero_days(run):
    written = run("why", "T:JPN:CHN:rare_earths/separation", "-f", "table").stdout
    assert "Without China at Separation of magnet rare earths Japan lasts for a time that is not known" in written
    assert " 0 days" not in written


# --- panel ------------------------------------------------------------------------------------


def test_the_panel_is_a_matrix_that_holds_what_the_rows_for_programs_hold(subject):
    long = data(subject, "panel")
    _, matrix = words(subject, "panel")
    stages = list(dict.fromkeys(row["stage"] for row in long))
    assert len(matrix) == len(stages)
    cells = {(stage, rule): row[rule] for stage, row in zip(stages, matrix, strict=True) for rule in list(row)[1:]}
    assert len(cells) == len(long)
    for row in long:
        cell = cells[row["stage"], row["rule"]]
        if not row["value"]:
            assert cell == "-"
        else:
            assert float(cell.strip("!?")) == pytest.approx(float(row["value"]), rel=5e-3)
            assert cell.endswith("!") == (row["flagged"] == "yes")


def test_the_panel_counts_the_pairs_without_an_input(made):
    long = data(made, "panel")
    answer, _ = words(made, "panel")
    lacking = sum(row["value"] == "" for row in long)
    assert 0 < lacking < len(long)
    assert f"In {lacking} of {len(long)} pairs of stage and rule an input is missing" in answer


def test_the_long_panel_has_a_row_for_each_stage_and_rule(made):
    assert made.run("panel", "--long", "-f", "md").stdout.count("\n") == len(data(made, "panel")) + 2


def test_identifiers_stand_beside_names_only_if_asked_for(made):
    assert "gallium/primary" not in made.run("panel", "-f", "md").stdout
    assert "(gallium/primary)" in made.run("panel", "--ids", "-f", "md").stdout


# --- survive ----------------------------------------------------------------------------------


def is_known(row):
    return bool(row["verdict"] != "not known" or row["counted_stocks"] or row["recover_low_days"])


def test_survive_shows_what_is_known_and_counts_the_rest(subject):
    rows = data(subject, "survive")
    answer, table = words(subject, "survive")
    unknown = [row for row in rows if not is_known(row)]
    assert unknown
    assert f"For {len(unknown)} of {len(rows)} stop" in answer
    assert len(table) in {0, len(rows) - len(unknown)}
    _, every = words(subject, "survive", "--all")
    assert len(every) == len(rows)


def test_a_time_to_survive_that_nothing_bounds_is_not_known_and_never_zero(made):
    _, every = words(made, "survive", "--all")
    bare = [shown for shown, row in zip(every, data(made, "survive"), strict=True) if not is_known(row)]
    assert bare
    assert all(row["survive"] == "not known" and row["recover"] == "not known" for row in bare)


# --- the sentence above the table -------------------------------------------------------------


def number(text):
    return None if text == "" else float(text)


def largest(rows, column):
    """Return the row with the largest known number of a column."""
    known = [row for row in rows if row[column] != ""]
    return max(known, key=lambda row: float(row[column]))


def range_of(row, name):
    """Write a range of a csv row as people read it, computed here and not by the program."""
    low, central, high = (float(row[f"{name}_{end}"]) for end in ("low", "central", "high"))
    ends = f" ({round(100 * low)}-{round(100 * high)})" if round(100 * low) != round(100 * high) else ""
    whole = "over 99%" if 0.995 <= central < 1 else f"{100 * central:.0f}%"
    return f"{whole}{ends}"


def name_of(study, stage):
    return study.load().stages[stage]["name"]


def test_the_ranking_opens_with_the_stop_that_costs_most(subject):
    worst = largest(data(subject, "chokepoints"), "loss_central")
    answer, _ = words(subject, "chokepoints")
    who = subject.load().economies.names[worst["economy"]]
    stop = f"If {who} stops supplying {name_of(subject, worst['stage'])}"
    assert answer.startswith(f"{stop}, Quad loses {range_of(worst, 'loss')} of its finished goods")


def test_leverage_opens_with_what_each_side_could_cost_the_other(subject):
    rows = data(subject, "leverage")
    answer, _ = words(subject, "leverage")
    worst = largest(rows, "theirs_central")
    expected = f"China could cost Quad most at {name_of(subject, worst['stage'])}: {range_of(worst, 'theirs')}."
    assert answer.startswith(expected)
    ours = [row for row in rows if row["ours_central"]]
    if ours:
        most = largest(ours, "ours_central")
        assert f"Quad could cost China most at {name_of(subject, most['stage'])}: {range_of(most, 'ours')}." in answer
    else:
        assert "What Quad could cost China is not known at any stage." in answer


def test_mutual_leverage_names_the_good_that_each_side_loses_most_of(subject):
    rows = data(subject, "leverage", "--mutual")
    # what they hold is what we lose
    worst = largest(rows, "theirs_central")
    answer, _ = words(subject, "leverage", "--mutual")
    assert f"Quad loses most of {name_of(subject, worst['good'])}: {range_of(worst, 'theirs')}" in answer


def test_structure_counts_the_losses_that_stop_the_stage(subject):
    rows = [row for row in data(subject, "structure", "--of", "drones/complete") if row["stops"] != "no"]
    answer, _ = words(subject, "structure", "--of", "drones/complete")
    others = [row for row in rows if row["node"] != "drones/complete"]
    assert others
    assert answer.startswith(f"{len(others)} loss")
    assert f"; {sum(row['stops'] == 'yes' for row in others)} of them all of it for sure" in answer
    assert f"stops {range_of(largest(others, 'part_central'), 'part')}." in answer


def test_exposure_says_what_is_at_least_and_at_most_in_the_chain_that_holds_most(subject):
    worst = largest(data(subject, "exposure", "--of", "drones/complete"), "mixed")
    answer, table = words(subject, "exposure", "--of", "drones/complete")
    assert answer.startswith(
        f"China has a hand in {100 * float(worst['mixed']):.0f}% of {name_of(subject, 'drones/complete')}"
    )
    assert f"(at least {table[0]['at least']}, at most {table[0]['at most']})" in answer
    assert float(worst["at least"]) * 100 >= percents(answer)[1]
    assert float(worst["at most"]) * 100 <= percents(answer)[2]


def test_a_shock_says_which_finished_good_loses_most(made):
    rows = data(made, "shock", "--cut", "CHN:gallium/primary")
    finals = {stage for stage, row in made.load().stages.items() if row["final"]}
    worst = largest([row for row in rows if row["stage"] in finals], "central")
    answer, _ = words(made, "shock", "--cut", "CHN:gallium/primary")
    expected = f"loses {100 * float(worst['central']):.0f}% of its output of {name_of(made, worst['stage'])}"
    assert expected in answer
    assert answer.startswith(f"If China stops {name_of(made, 'gallium/primary')}, ")


def test_half_a_stop_is_said_to_be_half_and_costs_less(made):
    whole, _ = words(made, "shock", "--cut", "CHN:gallium/primary")
    half, _ = words(made, "shock", "--cut", "CHN:gallium/primary", "--by", "0.5")
    assert half.startswith("If China stops 50% of ")
    assert percents(half)[-1] < percents(whole)[-1]


def test_a_shock_aimed_at_one_customer_says_what_it_goes_without(made):
    arguments = ("shock", "--cut", "CHN:gallium/primary", "--from", "JPN")
    direct = next(row for row in data(made, *arguments) if row["measure"].startswith("supply of"))
    answer, _ = words(made, *arguments)
    low, central, high = (round(100 * float(direct[end])) for end in ("low", "central", "high"))
    assert f"goes without {central}%{f' ({low}-{high})' if low != high else ''} of its supply" in answer


def test_interdict_says_what_the_first_and_the_last_removal_cost(subject):
    rows = data(subject, "interdict", "--budget", "2")
    answer, _ = words(subject, "interdict", "--budget", "2")
    assert percents(answer)[0] == round(100 * float(rows[0]["goods lost"]))
    if len(rows[-1]["removed"].split(";")) > 1:
        assert percents(answer)[-1] == round(100 * float(rows[-1]["goods lost"]))


def test_the_disagreements_open_with_the_largest(made):
    made.repeat("datasets/figures/survey.csv", "F-survey-2", figure_id="F-survey-4", source_id="office-1", value=0.1)
    rows = data(made, "estimates", "--disagreements")
    worst = largest(rows, "relaxation")
    answer, _ = words(made, "estimates", "--disagreements")
    assert answer.startswith(f"At {len({row['stage'] for row in rows})} stage")
    assert f"most at {name_of(made, worst['stage'])}" in answer
    assert f"move by {100 * float(worst['relaxation']):.0f} percentage points" in answer


def test_a_comparison_says_which_scenario_costs_more_and_by_how_much(diverted):
    for first, second in (("baseline", "ban"), ("ban", "baseline")):
        cost = next(row for row in data(diverted, "compare", first, second) if row["name"] == "diversion_cost")
        answer, _ = words(diverted, "compare", first, second)
        difference = number(cost["difference"])
        assert difference
        way = "higher" if difference > 0 else "lower"
        assert answer.startswith(f"The diversion cost of {second} is {abs(difference):.4g} {way} than that of {first}")


def test_a_sweep_says_between_which_values_the_cost_lies(diverted):
    arguments = ("sweep", "ban", "--over", "growth=0,0.1")
    costs = [float(row["diversion_cost"]) for row in data(diverted, *arguments) if row["diversion_cost"]]
    answer, _ = words(diverted, *arguments)
    assert f"Over {len(costs)} runs the diversion cost lies between {min(costs):.4g} and {max(costs):.4g}." in answer


@pytest.mark.parametrize(
    "arguments", [["panel"], ["survive"], ["leverage"], ["interdict", "--budget", "1"], ["shock", "--cut", "CHN:gallium/primary"]]
)  # fmt: skip
def test_other_programs_get_identifiers_whatever_people_read(made, arguments):
    assert made.run(*arguments, "--ids", "-f", "csv").stdout == made.run(*arguments, "-f", "csv").stdout
    assert re.search("gallium/primary|drones/complete", made.run(*arguments, "-f", "csv").stdout)
