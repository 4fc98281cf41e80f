"""What people read of strengths: one sentence for each member first, every number that of the csv."""

import pytest

from tests.cli.test_words import data, percents, words


def test_each_member_has_a_sentence_and_it_stands_first(run):
    answer = run("strengths", "-f", "table").stdout.splitlines()
    names = ["Australia", "India", "Japan", "United States"]
    assert [line.split(" has ")[0] for line in answer[:4]] == names


class Shipped:
    """The shipped study, with what the functions of the tests ask of one."""

    def __init__(self, run):
        self.run = run


def test_the_sentence_counts_the_stages_of_the_csv_and_names_the_largest(run):
    rows = [row for row in data(Shipped(run), "strengths", "--member", "JPN") if row["above"] == "yes"]
    sentence = run("strengths", "--member", "JPN", "-f", "table").stdout.splitlines()[0]
    assert f"of {len({row['stage'] for row in rows})} stages" in sentence
    assert f"{100 * max(float(row['part_central']) for row in rows):.0f}%" in sentence


def test_what_is_only_claimed_is_marked_in_the_table(run):
    text = run("strengths", "--member", "USA", "-f", "md").stdout
    (line,) = [line for line in text.splitlines() if "JQE-135" in line]
    assert "no stage named" in line
    assert "not measured" in line
    assert percents(line) == []


def test_gaps_tell_what_is_filled_what_lacks_and_what_nobody_knows(run):
    text = run("strengths", "--show", "gaps", "-f", "table").stdout
    assert text.startswith("China delivers more than 25% of what reaches Quad at ")
    assert "Nothing is announced by any member: " in text
    assert "not a gap of zero" in text


def test_pairs_begin_with_what_the_sources_say(run):
    text = run("strengths", "--show", "pairs", "-f", "table").stdout
    assert text.startswith('The sources say: "Every Quad member offers something that the remaining three require."')
    assert "Australia has what 3 of 3 other members lack: " in text


@pytest.mark.parametrize("show", ["members", "gaps", "pairs"])
def test_people_see_names_and_other_programs_identifiers(diverted, show):
    _, table = words(diverted, "strengths", "--show", show)
    rows = data(diverted, "strengths", "--show", show)
    assert table
    assert rows
    assert not any("/" in value for row in table for key, value in row.items() if key in {"stage", "which"})


def test_one_economy_alone_has_no_pairs_and_says_so(made):
    assert made.run("strengths", "--for", "JPN", "--show", "pairs", "-f", "md").stdout.startswith("Japan has no pairs")
