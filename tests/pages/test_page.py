"""The page: what it says, that every number leads to its trail, and that data stay data."""

import dataclasses
import itertools
import re
from html.parser import HTMLParser

import pytest

from depgraph.cli import common
from depgraph.evidence import estimates
from depgraph.pages import elements, findings, sections
from depgraph.pages import page as pages
from depgraph.study import study
from tests.cli.test_main import process
from tests.conftest import MadeStudy
from tests.made_diversion import made_solved, with_scenarios
from tests.pages.test_charts import HOSTILE

pytest.importorskip("altair", reason="needs the extra 'report'")
pytest.importorskip("jinja2", reason="needs the extra 'report'")

VOID = {"meta", "link", "input", "br", "wbr"}


class Page(HTMLParser):
    """Elements of a page with their attributes and text; refuses what is not nested properly."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "script" not in self.open and "style" not in self.open:
            self.text.append(data)

    def all(self, tag, name):
        return [attributes[name] for found, attributes in self.elements if found == tag and name in attributes]


def build(root, *, cone=None, solved=None, bloc=None):
    loaded = study.load(root)
    facts = findings.gather(loaded, bloc or loaded.settings["bloc"], cone=cone, solved=solved)
    return pages.build(facts)[0]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the page of the made study with a scenario, taken apart."""
    made = with_scenarios(MadeStudy(tmp_path_factory.mktemp("made")))
    return Page(build(made.root, solved=made_solved(made)))


# --- what stands in it ------------------------------------------------------------------------


def test_the_page_of_the_shipped_study_is_small_and_asks_for_nothing(shipped_page):
    assert len(shipped_page.encode()) < 3_000_000
    found = Page(shipped_page)
    loading = [
        (tag, name)
        for tag, attributes in found.elements
        for name in attributes
        if name in {"src", "srcset", "data", "poster", "action"}
    ]
    assert loading == []
    assert found.all("link", "href") == ["data:,"]
    assert "@import" not in shipped_page
    assert not re.search(r"url\((?!#)", shipped_page)


def test_the_policy_allows_one_script_by_its_hash_and_nothing_from_outside(shipped_page):
    policy = next(
        attributes["content"] for tag, attributes in Page(shipped_page).elements if attributes.get("http-equiv")
    )
    assert policy.startswith("default-src 'none'")
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", policy)
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_every_section_has_a_heading_in_order_and_states_a_finding(shipped_page):
    levels = [int(tag[1]) for tag, _ in Page(shipped_page).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_every_chart_says_what_it_shows_and_has_its_table_and_footer(page):
    figures = [attributes["id"].removesuffix("-figure") for tag, attributes in page.elements if tag == "figure"]
    assert {
        "makers",
        "heatmap",
        "ranking",
        "leverage",
        "cone",
        "diversion",
        "costs",
        "built",
        "independence",
        "frontier",
        "tornado",
    } <= set(figures)
    labels = [attributes["aria-label"] for tag, attributes in page.elements if tag == "svg"]
    assert len(labels) == len(figures)
    assert all(len(label) > 20 for label in labels)
    tables = set(page.all("table", "id"))
    assert {f"{key}-table" for key in figures} <= tables
    footers = [text for text in page.text if re.fullmatch(r"depgraph \S+, data [0-9a-f]{12}, scenario: cap", text)]
    assert len(footers) >= len(figures)


def test_every_link_inside_the_page_arrives_and_every_name_is_there_once(shipped_page):
    found = Page(shipped_page)
    names = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(names) == len(set(names))
    inside = {link[1:] for link in found.all("a", "href") if link.startswith("#")}
    assert inside <= set(names)
    assert len(inside) > 1000


def test_every_number_of_a_table_of_results_leads_to_its_trail(made):
    with_scenarios(made)
    facts = findings.gather(made.load(), "QUAD", solved=made_solved(made))
    for section in pages._sections(facts):
        for table in section.tables:
            for row in table.rows:
                bare = [(head, piece.text) for head, piece in zip(table.columns, row, strict=True)
                        if head in table.numeric and not piece.to and re.search(r"\d", piece.text)]  # fmt: skip
                # counts of stocks and limits of a scenario are no results
                assert [cell for cell in bare if cell[0] not in {"stocks not counted", "round"}] == []


def test_a_trail_reaches_claims_figures_or_assumptions(shipped_page):
    below = {}
    for identifier, rest in re.findall(r'<li id="t-([^"]+)">(.*?)</li>', shipped_page, flags=re.DOTALL):
        lines = re.search(r"rests on: (.*?)</div>", rest, flags=re.DOTALL)
        below[identifier] = re.findall(r'href="#t-([^"]+)"', lines[1]) if lines else []
    for start in (
        "K:QUAD:CHN:batteries/graphite_refining",
        "B:QUAD:CHN:rare_earths/magnet",
        "M:QUAD:CHN:drones/complete",
    ):
        seen, pending = set(), [start]
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending.extend(below[name])
        assert any(name.startswith("F-") for name in seen)
        assert any(name.startswith("A-") for name in seen)


def test_the_finding_is_three_sentences_that_hold_the_numbers_of_the_ranking(made):
    facts = findings.gather(made.load(), "QUAD")
    found = sections.finding(facts)
    assert len(found) == 3
    first = facts.ranking.rows[0]
    assert elements.spread(first.loss) in elements.plain(found[0])
    assert first.chokepoint_id in list(elements.targets(found[0]))
    assert f"{len(facts.ranking.unscored)} of {len(facts.study.stages)} stages" in elements.plain(found[2])


def test_with_a_scenario_the_second_sentence_is_what_it_does(made):
    found = made_solved(with_scenarios(made))
    facts = findings.gather(made.load(), "QUAD", solved=found)
    sentence = sections.finding(facts)[1]
    assert elements.plain(sentence).startswith("China's part falls to nothing (cap): over the world this costs ")
    assert elements.money(found.summary["diversion_cost"]) in elements.plain(sentence)
    assert {"V:cap", "V:cap:diversion_cost", "V:cap:exposure_last"} <= set(elements.targets(sentence))


def test_without_a_scenario_the_page_says_so_and_how_to_run_one(made):
    text = " ".join(Page(build(made.root)).text)
    assert text.count("No scenario was run for this report") == 3
    assert "depgraph report SCENARIO -o report.html" in text


def test_no_claim_is_not_zero(made):
    made.add("datasets/stages.csv", stage_id="gallium/device", name="Devices", unit="index", final="no")
    text = Page(build(made.root)).text
    assert "no claim" in text
    assert any("Not scored: unknown, not zero" in part for part in text)


def test_a_reported_zero_is_0_and_a_share_without_a_supply_a_question_mark(made):
    made.repeat("datasets/figures/office.csv", "F-office-2", figure_id="F-office-9", economy="KOR", value="0")
    facts = findings.gather(made.load(), "QUAD")
    cells = {economy: sections._cell(facts, {}, "gallium/primary", economy, 1.0) for economy in ("KOR", "CHN", "AUS")}
    assert (cells["KOR"]["label"], cells["KOR"]["part"]) == ("0", 0.0)
    assert (cells["CHN"]["label"], cells["CHN"]["part"]) == ("?", None)
    assert (cells["AUS"]["label"], cells["AUS"]["part"]) == ("·", None)


def test_contradictions_name_every_member_of_the_set(shipped_page):
    loaded = study.load(study.find(None))
    clashes = estimates.estimate(loaded).disagreements
    assert clashes
    names = Page(shipped_page).all("li", "id")
    assert all(pages.anchor(member) in names for clash in clashes for member in clash.members)


# --- any study --------------------------------------------------------------------------------


def test_an_empty_study_gives_a_page(make_study, run):
    folder = make_study("other").folder / "empty"
    assert run("new", folder).exit_code == 0
    text = " ".join(Page(build(folder)).text)
    assert "no stage can be scored" in text


def test_a_bloc_that_holds_the_rival_gives_a_page_that_says_what_was_not_computed(made):
    text = " ".join(Page(build(made.root, bloc="CHN")).text)
    assert "overlap: leverage needs two sides" in text


def test_a_study_whose_inputs_form_a_loop_gives_a_page(made):
    made.add("datasets/recipes.csv", recipe_id="R-9", input="drones/complete", output="gallium/primary",
             quantity_per_unit="0.1", unit="t", essential="yes", parent="A-made-of")  # fmt: skip
    made.set("datasets/recipes.csv", "R-1", "quantity_per_unit", "0.5")
    made.set("datasets/recipes.csv", "R-2", "quantity_per_unit", "0.5")
    for key in ("R-1", "R-2"):
        made.set("datasets/recipes.csv", key, "unit", "t")
    assert "Not computed" in " ".join(Page(build(made.root, cone="gallium/primary")).text)


def test_the_same_study_gives_the_same_bytes_whatever_the_hash_seed(made):
    pages = []
    for seed in ("1", "2"):
        out = made.folder / f"{seed}.html"
        assert process("--study", made.root, "report", "-o", out, env={"PYTHONHASHSEED": seed}).returncode == 0
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]


# --- hostile data -----------------------------------------------------------------------------


def poisoned(loaded, text):
    """Put a text wherever a study holds words; the reader of tables would refuse much of it before."""
    for name, columns in (
        ("claims", ("statement",)), ("figures", ("note",)), ("figure_sources", ("document", "publisher", "address")),
        ("stages", ("name", "missing", "note")), ("sources", ("title", "author", "note", "url")),
        ("assumptions", ("what", "reason")), ("products", ("name",)),
    ):  # fmt: skip
        for row in loaded.tables[name]:
            row.update(dict.fromkeys(columns, text))
    ledger = {name: dataclasses.replace(item, what=text, reason=text) for name, item in loaded.ledger.items()}
    names = {code: f"{text} {code}" for code in loaded.economies.names}
    economies = dataclasses.replace(loaded.economies, names=names)
    return dataclasses.replace(loaded, ledger=ledger, economies=economies)


def poisoned_page(made, text):
    found = made_solved(with_scenarios(made), title=text, note=text)
    return pages.build(findings.gather(poisoned(made.load(), text), "QUAD", solved=found))[0]


MARKED = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> \"><svg onload=alert(1)> ' onmouseover='alert(1) "
    "</style><script>x</script> </title> </svg> {{ 7*7 }} {% raw %} ${alert(1)} ]]> <!-- &lt;b&gt; =cmd|' /C calc'!A0"
)
WORDS = {
    "markup": MARKED,
    "an address that is a script": "javascript:alert(1)",
    "right to left, emoji and their joiners": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \U0001f469\u200d\U0001f52c \U0001f1ef\U0001f1f5",
    "very long": "a" * 600,
}


@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
def test_words_of_the_data_stay_words(made, text):
    found = Page(poisoned_page(made, text))
    loading = {"script", "iframe", "object", "img", "embed", "base"}
    active = [tag for tag, named in found.elements if tag in loading or any(name.startswith("on") for name in named)]
    assert active == ["script"]
    assert all(link.startswith("#") for link in found.all("a", "href"))
    whole = " ".join(" ".join(found.text).split())
    assert whole.count(" ".join(text.split())) > 20
    assert found.all("main", "id") == []


def test_marks_that_turn_the_direction_and_control_codes_are_shown_and_not_obeyed(made):
    text = poisoned_page(made, "a\u202eb\u2066c\x1b[31md")
    assert not {"\u202e", "\u2066", "\x1b"} & set(text)
    assert "a\\u202eb\\u2066c\\x1b[31md" in text


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2"),
        ("https://example.org/a (read in a copy)", "https://example.org/a"),
        ("https://example.org/a.", "https://example.org/a"),
        ("javascript:alert(1)", ""),
        ("data:text/html,<script>x</script>", ""),
        ("//example.org/a", ""),
        ("see https://example.org", ""),
        ("https://", ""),
        ("https://[", ""),
        ("http://example.org/<script>", "http://example.org/"),
        ("HTTPS://example.org", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(address, link):
    assert pages.web_address(address) == link


def test_links_to_sources_give_nothing_away(made):
    found = Page(build(made.root))
    outside = [attributes for tag, attributes in found.elements if tag == "a" and attributes.get("href", "#")[0] != "#"]
    assert outside
    assert all(attributes["rel"] == "noopener noreferrer" for attributes in outside)


def test_a_source_with_a_dangerous_address_is_no_link(made):
    made.set("datasets/figures/sources.csv", "office-1", "address", "javascript:alert(1)")
    assert not [link for link in Page(build(made.root)).all("a", "href") if "javascript" in link]


def test_identifiers_of_any_letters_get_names_of_their_own():
    names = ["a b", "a  b", "é", 'a"b', "a%20b", "K:QUAD:CHN:x/y", HOSTILE]
    anchors = [pages.anchor(name) for name in names]
    assert len(set(anchors)) == len(names)
    assert all(re.fullmatch(r"t-[A-Za-z0-9:/._-]+", anchor) for anchor in anchors)


# --- the command ------------------------------------------------------------------------------


def test_the_command_writes_page_and_charts(made, tmp_path):
    out, folder = tmp_path / "report.html", tmp_path / "charts"
    result = made.run("report", "-o", out, "--charts", folder)
    assert result.exit_code == 0, result.stderr
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    names = {path.name for path in folder.iterdir()}
    assert {"ranking.svg", "ranking.png", "heatmap.svg", "cone.png"} <= names
    assert b"depgraph" in (folder / "ranking.svg").read_bytes()
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.glob("*.png"))


def test_without_a_file_the_page_goes_to_standard_output(made):
    assert made.run("report").stdout.startswith("<!DOCTYPE html>")


def test_a_page_is_not_written_to_a_terminal(made, monkeypatch):
    monkeypatch.setattr(common, "_on_terminal", lambda: True)
    result = made.run("report")
    assert result.exit_code == 2
    assert "--output" in result.stderr


@pytest.mark.parametrize(
    "arguments", [("--cone", "gallium/primry"), ("--for", "Quadd"), ("nowhere",), ("cap", "--stage", "gallium/primry")]
)
def test_a_name_that_is_not_known_is_refused(made, arguments):
    with_scenarios(made)
    result = made.run("report", *arguments)
    assert result.exit_code == 2
    assert "unknown" in result.stderr


def test_without_its_packages_the_command_says_what_to_install(made, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    result = made.run("report")
    assert result.exit_code == 3
    assert "pip install 'depgraph[report]'" in result.stderr
