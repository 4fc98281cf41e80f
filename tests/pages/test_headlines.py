"""Each headline of a page is held against the tables beside it, read from the page as a reader would.

Three pages of the shipped study: without a scenario, of a stop that leaves demand unmet, of a cap that is met.
What a table rounds is compared within its rounding.
"""

import math
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import networkx as nx
import pytest

from depgraph.interface import writing
from depgraph.study import study

pytest.importorskip("altair", reason="needs the extra 'report'")
pytest.importorskip("jinja2", reason="needs the extra 'report'")

SCENARIOS = ("gallium-stop", "quad-cap-rare-earths")
WORDS = {"thousand": 1e-3, "million": 1.0, "billion": 1e3, "": 1e-6}


@dataclass
class Part:
    """A section of a page: its headline, what it links to, its paragraphs and tables."""

    head: str = ""
    links: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    tables: dict = field(default_factory=dict)

    def rows(self, caption=""):
        """Return the rows of the first table whose caption begins so, as dictionaries of texts."""
        found = next(table for table in self.tables.values() if table["caption"].startswith(caption))
        return [dict(zip(found["heads"], row, strict=True)) for row in found["rows"]]

    def numbers(self, pattern):
        """Return the whole numbers of a headline that reads as the pattern says."""
        found = re.search(pattern, self.head)
        assert found, self.head
        return [int(text.replace(",", "")) for text in found.groups()]


class Reader(HTMLParser):
    """Reads the sections of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.parts, self.part, self.table, self.into, self.href = {}, None, None, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "section":
            self.part = self.parts.setdefault(attributes["id"], Part())
        elif tag == "table":
            self.table = {"caption": "", "heads": [], "rows": []}
            self.part.tables[attributes["id"]] = self.table
        elif tag in {"h3", "p", "caption", "th", "td"}:
            self.into = []
        elif tag == "tr" and self.table is not None:
            self.table["rows"].append([])
        elif tag == "a":
            self.href = attributes.get("href")
            if self.part is not None and self.table is None:
                self.part.links.append([self.href, ""])

    def handle_data(self, data):
        self.into.append(data)
        if self.href and self.part is not None and self.table is None:
            self.part.links[-1][1] += data

    def handle_endtag(self, tag):
        if tag not in {"h3", "p", "caption", "th", "td", "table", "a"}:
            return
        text = " ".join("".join(self.into).split()) if tag not in {"table", "a"} else ""
        if tag == "h3":
            self.part.head = text
        elif tag == "p" and self.part is not None:
            self.part.notes.append(text)
        elif tag == "caption":
            self.table["caption"] = text
        elif tag == "th":
            self.table["heads"].append(text)
        elif tag == "td":
            self.table["rows"][-1].append(text)
        elif tag == "table":
            self.table["rows"] = [row for row in self.table["rows"] if row]
            self.table = None
        elif tag == "a":
            self.href = None


def money(text):
    """Return million US dollars of a text of money."""
    found = re.fullmatch(r"(−?)([\d.,]+) ?(thousand|million|billion|) ?US\$", text)
    return float(found[2].replace(",", "")) * WORDS[found[3]] * (-1 if found[1] else 1)


def near(first, second):
    """Say whether two amounts of three digits may be the same."""
    return math.isclose(first, second, rel_tol=0.006, abs_tol=1e-9)


def number(text):
    """Return the number that a text begins with: a part in percent, or an amount."""
    found = re.match(r"(−?)<?([\d,]+(?:\.\d+)?)", text)
    return float(found[2].replace(",", "")) * (-1 if found[1] else 1)


@pytest.fixture(scope="module")
def pages(shipped_page):
    """Return the text of the three pages by scenario."""
    loaded = study.load(study.find(None))
    made = {name: writing.report(loaded, name, points=4, moved=3).html for name in SCENARIOS}
    return {"": shipped_page} | made


@pytest.fixture(scope="module")
def read(pages):
    """Return the sections of the three pages by scenario."""
    return {name: Reader(text).parts for name, text in pages.items()}


@pytest.fixture(params=["", *SCENARIOS])
def parts(request, read):
    return read[request.param]


@pytest.fixture(params=SCENARIOS)
def plan(request, read):
    return read[request.param]


@pytest.fixture
def report(read):
    return read[""]


# --- what the numbers rest on -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *SCENARIOS])
def test_the_assumptions_that_the_headline_counts_are_those_that_the_page_links(pages, read, name):
    section = read[name]["assumptions"]
    used, _ = section.numbers(r"rest on (\d+) of (\d+) assumptions of the ledger")
    listed = [row["assumption"] for row in section.rows()]
    entries = re.findall(r'<li id="t-[^"]*"><b>(A-[^<]*)</b>', pages[name])
    lines = " ".join(re.findall(r"<div>rests on: (.*?)</div>", pages[name]))
    below = set(re.findall(r'href="#t-(A-[^"]*)"', lines))
    assert used == len(listed) == len(set(listed))
    assert set(listed) == set(entries)
    assert used > 100
    assert below <= set(listed)


def test_the_headline_counts_the_assumptions_of_the_whole_ledger(report):
    _, all_of_them = report["assumptions"].numbers(r"rest on (\d+) of (\d+) assumptions of the ledger")
    assert all_of_them == len(study.load(study.find(None)).ledger)


def test_a_scenario_rests_on_more_assumptions_than_the_ranking_alone(read):
    ranking = {row["assumption"] for row in read[""]["assumptions"].rows()}
    for name in SCENARIOS:
        assert ranking < {row["assumption"] for row in read[name]["assumptions"].rows()}


def test_a_scenario_of_one_product_rests_on_no_stage_of_another(pages):
    for name, product in (("gallium-stop", "gallium"), ("quad-cap-rare-earths", "rare_earths")):
        stages = re.findall(r"<b>D:([^<]*)</b>", pages[name])
        before = set(re.findall(r"<b>D:([^<]*)</b>", pages[""]))
        assert stages
        assert {stage.split("/")[0] for stage in stages if stage not in before} == {product}


# --- the finding ------------------------------------------------------------------------------


def test_the_largest_loss_of_the_finding_is_the_first_row_of_the_ranking(parts):
    sentence = next(text for text in parts["finding"].notes if "the largest loss follows" in text)
    rows = parts["ranking"].rows("The whole ranking")
    first = rows[0]
    found = re.search(
        r"of (\d+) scored rows .* stops supplying .* \((\S+)\): (\S+ \(\S+\)) of (\d+) finished", sentence
    )
    assert int(found[1]) == len(rows)
    assert found[2] == first["stage"]
    assert found[3] == first["goods lost"]
    assert int(found[4]) == len(parts["leverage"].rows("If both stop everything"))
    others = int(re.search(r"ranges (\d+) other rows? may be larger", sentence)[1])
    assert others == sum(row["may be"].startswith("1–") for row in rows) - 1
    losses = [number(row["goods lost"]) for row in rows]
    assert losses == sorted(losses, reverse=True)


def test_the_finding_counts_critical_cards_and_names_the_largest_of_them(parts):
    sentence = next(text for text in parts["finding"].notes if "are critical" in text)
    cards = [row for row in parts["cards"].rows("Every card") if row["class"] == "critical"]
    assert int(re.search(r"(\d+) chokepoints", sentence)[1]) == len(cards)
    assert re.search(r"held by (.*?);", sentence)[1] == ", ".join(dict.fromkeys(row["economy"] for row in cards))
    first = ", ".join(row["stage"] for row in cards[:4])
    assert sentence.endswith(f"by value at stake: {first}.")
    stakes = [stake(row["at stake a year"]) for row in cards]
    assert stakes == sorted(stakes, reverse=True)


def stake(text):
    """Return million US dollars of a card."""
    return money(text.replace("USD", "US$"))


def test_the_finding_says_how_far_the_evidence_carries_as_the_tables_do(parts):
    sentence = next(text for text in parts["finding"].notes if text.startswith("How far"))
    rows = parts["ranking"].rows("The whole ranking")
    missing = parts["ranking"].rows("Not scored")
    unscored, stages, places, weak, scored = map(int, re.findall(r"\b\d+\b", sentence))
    assert unscored == len(missing)
    assert stages == len({row["stage"] for row in (*rows, *missing)})
    assert places == len({(row["stage"], row["definition"]) for row in parts["contradictions"].rows()})
    assert (weak, scored) == (sum(row["grade"][0] in "CDE" for row in rows), len(rows))


def test_leverage_of_finding_and_section_is_counted_from_the_ranges_of_the_table(report):
    nets = [row["ours less theirs"] for row in report["leverage"].rows("Stage by stage")]
    ends = [re.search(r"\((.*?)(?: to |–)(.*?)\)", text) for text in nets if text != "not known"]
    theirs = sum(is_below(found[2]) for found in ends)
    ours = sum(not is_below(found[1]) and found[1].strip("%") != "0" for found in ends)
    unknown = nets.count("not known")
    assert report["leverage"].numbers(r"surely holds more at (\d+) stages?, .* at (\d+)$") == [theirs, ours]
    sentence = next(text for text in report["finding"].notes if "could surely cost" in text)
    said = list(map(int, re.findall(r"\b\d+\b", sentence)))
    assert said == [theirs, ours, len(ends) - theirs - ours, unknown]
    assert theirs != ours


def is_below(text):
    """Say whether an end of a range lies below nothing."""
    return text.startswith("−")


# --- sections of the ranking ------------------------------------------------------------------


def test_cards_are_counted_by_class_and_the_count_leads_to_all_of_them(parts):
    section = parts["cards"]
    rows = section.rows("Every card")
    (whole,) = section.numbers(r"^Of (\d+) cards")
    assert whole == len(rows)
    counted = {
        name: int(value) for value, name in re.findall(r"(\d+) (critical|serious|manageable|unknown)", section.head)
    }
    assert counted == {name: sum(row["class"] == name for row in rows) for name in counted}
    assert sum(counted.values()) == whole
    href = next(href for href, text in section.links if text.startswith(f"Of {whole} cards"))
    assert len(section.tables[href[1:]]["rows"]) == whole


def test_the_largest_maker_is_counted_from_the_table_of_shares(parts):
    section = parts["makers"]
    rows = section.rows()
    told = [row for row in rows if row["economy"] != "no claim"]
    said, known = section.numbers(r"at (\d+) of (\d+) stages")
    name = re.match(r"(.*) is the largest maker", section.head)[1]
    assert known == len({row["stage"] for row in told})
    assert len(rows) - len(told) == int(re.search(r"Without a bar: (\d+) stages", " ".join(section.notes))[1])
    shares = {}
    for row in told:
        if not row["economy"].startswith("ROW"):
            shares.setdefault(row["stage"], []).append((number(row["share"]), row["economy"].split(" ", 1)[1]))
    # shares printed alike may differ: the count lies between those with and without such stages
    tops = [[who for part, who in found if part == max(found)[0]] for found in shares.values()]
    alone, shared = sum(top == [name] for top in tops), sum(name in top for top in tops)
    assert alone <= said <= shared


def test_the_heatmap_counts_the_stages_at_which_the_first_supplier_costs_anything(parts):
    section = parts["heatmap"]
    rows = section.rows()
    said, scored = section.numbers(r"loses finished goods at (\d+) of (\d+) scored stages")
    name = re.match(r"If (.*) stops supplying", section.head)[1]
    hit = {
        row["stage"] for row in rows if row["economy"].endswith(f" {name}") and not row["goods lost"].startswith("0% ")
    }
    assert said == len(hit)
    assert scored == len({row["stage"] for row in rows})


def test_the_ranking_says_how_many_rows_may_be_the_largest(parts):
    section = parts["ranking"]
    rows = section.rows("The whole ranking")
    (tops,) = section.numbers(r"^(\d+) rows? may be the largest loss")
    assert tops == sum(row["may be"].startswith("1–") for row in rows)
    assert section.head.endswith(f": {rows[0]['goods lost']}")


def test_pairs_of_members_and_claims_without_a_number_are_counted_from_their_tables(report):
    section = report["strengths"]
    pairs = section.rows("Who has what another lacks")
    met, whole = section.numbers(r"In (\d+) of (\d+) pairs")
    assert (met, whole) == (sum(row["stages"] != "0" for row in pairs), len(pairs))
    assert [int(row["stages"]) for row in pairs] == [len(list(filter(None, row["which"].split(", ")))) for row in pairs]
    said = next(int(text.split()[0]) for text in section.notes if "no number is printed" in text)
    assert said == sum(row["how known"] == "claimed, not measured" for row in section.rows("Member by member"))


def test_a_stop_reaches_the_stages_that_lose_something_in_the_table(report):
    section = report["shock"]
    rows = [row for row in section.rows() if row["world output lost"] != "0%"]
    (said,) = section.numbers(r"reaches (\d+) other stages")
    assert said == len([row for row in rows if row["round"] != "0"])
    last = max(int(row["round"]) for row in rows)
    stages = [row["stage"] for row in rows if row["round"] == str(last)]
    assert f"in round {last}: {', '.join(stages)}" in section.head


def test_pairs_without_a_day_of_counted_stock_are_those_of_the_table(report):
    section = report["survival"]
    rows = section.rows()
    none, whole, unknown = section.numbers(r"for (\d+) of (\d+) pairs .* for (\d+) no figure")
    assert whole == len(rows)
    assert none == sum(row["with counted stocks"] == "0 d" for row in rows)
    assert unknown == sum(row["recovery"] == "not known" for row in rows)


def test_the_chain_counts_the_stages_above_and_below_that_its_recipes_join(report):
    section = report["cone"]
    chain = nx.DiGraph((row["input"], row["output"]) for row in section.rows())
    loaded = study.load(study.find(None))
    code = next(code for code, row in loaded.stages.items() if section.head.startswith(f"{row['name']} rests"))
    above, below = nx.ancestors(chain, code), nx.descendants(chain, code)
    finals = sum(bool(loaded.stages[stage]["final"]) for stage in below)
    assert section.numbers(r"rests on (\d+) stages? and carries (\d+) stages?, (\d+) of them") == [
        len(above),
        len(below),
        finals,
    ]


def test_contradictions_are_counted_and_the_widest_is_named(parts):
    section = parts["contradictions"]
    rows = section.rows()
    places = {(row["stage"], row["definition"]): number(row["bounds must move by"]) for row in rows}
    (said,) = section.numbers(r"at (\d+) places")
    stage, points = re.search(r"by most at (\S+): bounds must move by ([\d.]+) points?", section.head).groups()
    assert said == len(places)
    assert float(points) == max(places.values())
    assert max(places, key=places.get)[0] == stage


def test_claims_and_sources_of_the_headline_are_those_of_the_table(parts):
    section = parts["claims"]
    rows = section.rows()
    assert section.numbers(r"^([\d,]+) claims of (\d+) sources") == [len(rows), len({row["source"] for row in rows})]


# --- sections of a plan -----------------------------------------------------------------------


def test_the_rivals_part_of_the_stage_that_is_drawn_follows_from_the_flows(plan):
    section = plan["diversion"]
    rows = section.rows("Every flow")
    before, after, year = re.search(
        r"delivers (\S+) of the .* base year and (\S+) of it in (\d+)", section.head
    ).groups()
    assert {row["year"] for row in rows} == {year}
    for said, column in ((before, "base year"), (after, "with the plan")):
        whole = sum(number(row[column]) for row in rows)
        theirs = sum(number(row[column]) for row in rows if row["exporter"] == "CHN")
        assert number(said) == pytest.approx(100 * theirs / whole, abs=0.6)
    assert section.rows("Value of the deliveries")[0]["stage"] == rows[0]["stage"]


def test_the_cost_of_the_headline_is_the_total_of_its_parts_and_of_the_regions(plan):
    section = plan["costs"]
    rows = {row["part"]: row for row in section.rows("Parts of the cost")}
    told = re.search(r"the plan costs (.*?) over the world", section.head)[1]
    assert told == as_told(rows["all without duties"])
    assert any(f"this costs {told} beyond" in text for text in plan["finding"].notes)
    parts = [name for name in rows if not name.startswith("all ")]
    whole = sum(money(rows[name]["amount"]) for name in parts if not name.startswith("duties"))
    assert near(whole, money(rows["all without duties"]["amount"]))
    regions = section.rows("Who bears") if "bears" in section.head else section.rows("Where")
    assert near(sum(money(row["all without duties"]) for row in regions), money(rows["all without duties"]["amount"]))
    amount, part = re.search(r"the largest part, (.*?), is (.*)$", section.head).groups()
    largest = max((name for name in parts if not name.startswith("duties")), key=lambda n: money(rows[n]["amount"]))
    assert (amount, part) == (as_told(rows[largest]), largest)


def as_told(row):
    """Return what a headline says of a part: its range, where plans as cheap differ in it."""
    spread = row["over all plans that cost as little"]
    return row["amount"] if spread == "the same" else spread


def test_what_the_bloc_bears_is_the_sum_of_its_members_and_what_exceeds_the_whole_is_the_gain_of_others(read):
    section = read["quad-cap-rare-earths"]["costs"]
    rows = {row["region"]: money(row["all without duties"]) for row in section.rows("Who bears")}
    said = money(re.search(r"QUAD bears (.*? US\$)", section.head)[1])
    assert near(said, sum(rows[name] for name in ("AUS", "IND", "JPN", "USA")))
    others = sum(value for name, value in rows.items() if name not in {"AUS", "IND", "JPN", "USA"})
    gain = money(re.search(r"; others gain (.*? US\$)", section.head)[1])
    assert near(gain, -others)
    assert "of which" not in section.head


def test_the_orders_of_the_headline_are_those_of_the_table(plan):
    section = plan["built"]
    rows = section.rows("Every order")
    assert section.numbers(r"at (\d+) stages? in (\d+) regions?") == [
        len({row["stage"] for row in rows}),
        len({row["region"] for row in rows}),
    ]
    by_stage = {}
    for row in rows:
        by_stage[row["stage"]] = by_stage.get(row["stage"], 0.0) + money(row["investment, present value"])
    whole, stage, most = re.search(r" for (.*? US\$).* at (\S+/\S+): (.*)$", section.head).groups()
    assert near(money(whole), sum(by_stage.values()))
    assert stage == max(by_stage, key=by_stage.get)
    assert near(money(most), by_stage[stage])


def test_demand_that_goes_unmet_is_counted_by_region_and_the_worst_is_named(read):
    section = read["gallium-stop"]["unmet"]
    rows = section.rows()
    worst = max(rows, key=lambda row: number(row["part missing in the worst year"]))
    assert section.numbers(r"of (\d+) regions")[0] == len({row["region"] for row in rows})
    assert f"for {worst['stage']} in " in section.head
    assert f": {worst['part missing in the worst year']} is missing in {worst['worst year']}" in section.head
    assert any("final demand of Quad goes unmet" in text for text in read["gallium-stop"]["finding"].notes)


def test_where_nothing_goes_unmet_no_part_of_the_cost_is_what_is_missing(read):
    parts = read["quad-cap-rare-earths"]
    assert parts["unmet"].head.startswith("No final demand goes unmet")
    assert any("no final demand of Quad goes unmet" in text for text in parts["finding"].notes)
    assert "what is missing, at its worth" not in {row["part"] for row in parts["costs"].rows("Parts")}


def test_years_to_independence_are_counted_from_the_table(plan):
    section = plan["independence"]
    rows = section.rows()
    threshold = number(re.search(r"direct part is (\S+) or less", section.head)[1])
    already, within, never, hidden = section.numbers(
        r"start at (\d+) stages?, .* at (\d+) and does not at (\d+); .* at (\d+) stages?$"
    )
    words = [row["below for good from"] for row in rows]
    assert already == words.count("from the start")
    assert never == words.count("not within the run")
    assert within == len(rows) - already - never
    last = [
        row[next(head for head in row if re.fullmatch(r"with inputs 20\d\d", head) and head.endswith("35"))]
        for row in rows
    ]
    assert hidden == sum(number(text) > threshold for text in last)


def test_points_of_the_frontier_are_told_as_the_table_has_them(read):
    section = read["quad-cap-rare-earths"]["frontier"]
    rows = section.rows()
    start = money(rows[0]["cost beyond going on as before"])
    costs = {
        100 - number(row["part of what the plan buys"]): money(row["cost beyond going on as before"]) for row in rows
    }
    said = re.search(r"Buying (\S+) less .* costs (.*?) more; (\S+) less, (.*)$", section.head).groups()
    for less, amount in ((said[0], said[1]), (said[2], said[3])):
        assert money(amount) == pytest.approx(costs[number(less)] - start, rel=0.01)
    private = next(
        row for row in read["quad-cap-rare-earths"]["costs"].rows("Parts") if row["part"] == "all with duties"
    )
    assert rows[0]["cost beyond going on as before"] == private["amount"]


def test_where_the_next_point_has_no_plan_the_frontier_has_no_table(read):
    section = read["gallium-stop"]["frontier"]
    assert re.search(r"buys 33% less", section.head)
    assert section.tables == {}


def test_prices_that_agree_on_both_sides_are_counted_from_the_table(plan):
    section = plan["prices"]
    rows = section.rows("Prices of limits")
    sure, whole = section.numbers(r"(\d+) of (\d+) prices are the same on both sides")
    assert (sure, whole) == (sum(row["both prices agree"] == "yes" for row in rows), len(rows))


def test_the_assumption_that_moves_the_cost_most_is_so_in_the_table(plan):
    section = plan["tornado"]
    rows = {row["figure or assumption"]: row for row in section.rows()}
    moved, name, low, high, base = re.search(
        r"Of (\d+) assumptions? .*, (\S+) moves the cost most: (.*?) to (.*?) against (.*)$", section.head
    ).groups()
    base = money(base)
    spreads = {}
    for key, row in rows.items():
        ends = [base, *(money(row[f"cost at its {end} end"]) for end in ("low", "high"))]
        spreads[key] = min(ends), max(ends)
    assert int(moved) == len(rows)
    assert name == max(spreads, key=lambda key: spreads[key][1] - spreads[key][0])
    assert (money(low), money(high)) == spreads[name]
    whole = next(row for row in plan["costs"].rows("Parts") if row["part"] == "all without duties")
    assert money(whole["amount"]) == base


# --- all headlines ----------------------------------------------------------------------------


def test_every_headline_leads_to_a_table_of_its_own_section_or_to_the_trail(parts):
    for key, section in parts.items():
        for href, _ in section.links:
            if key not in {"finding", "trail"} and href.startswith("#") and not href.startswith("#t-"):
                assert href[1:] in section.tables
