"""The page in a real browser: nothing is asked for, nothing fails, the filter works, every trail is reached."""

import json
import re

import pytest

from depgraph.pages import findings
from depgraph.pages import page as pages
from tests import browser
from tests.conftest import MadeStudy
from tests.made_diversion import made_solved, with_scenarios

pytest.importorskip("altair", reason="needs the extra 'report'")
pytest.importorskip("jinja2", reason="needs the extra 'report'")
pytestmark = pytest.mark.skipif(browser.found() is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def page(tmp_path_factory, shipped_page):
    """Return the page of the shipped study as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(shipped_page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small_page(tmp_path_factory):
    """Return the page of the made study with a scenario, where every chart is drawn."""
    folder = tmp_path_factory.mktemp("small")
    made = with_scenarios(MadeStudy(folder))
    facts = findings.gather(made.load(), "QUAD", solved=made_solved(made))
    path = folder / "report.html"
    path.write_text(pages.build(facts)[0], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser.Browser(tmp_path_factory.mktemp("profile")) as driven:
        yield driven


@pytest.fixture
def opened(chromium, page):
    """Return the browser with the page open, wide, with scripts."""
    chromium.open(page)
    return chromium


@pytest.fixture
def small(chromium, small_page):
    """Return the browser with the small page open."""
    chromium.open(small_page)
    return chromium


def visible(driven):
    return driven.value(
        "[...document.querySelectorAll('#claims-table tbody tr')].filter(r => r.offsetHeight > 0).length"
    )


def fill(driven, name, text):
    """Fill a field of the filter as a user does: the value changes and an event tells so."""
    driven.value(
        f"(e => {{ e.value = {json.dumps(text)}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        f"(document.getElementById('filter').elements.{name})"
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_page_asks_for_nothing_and_reports_no_error(chromium, page, scripts):
    chromium.requests.clear()
    chromium.errors.clear()
    chromium.open(page, scripts=scripts)
    assert set(chromium.requests) == {page.as_uri()}
    assert chromium.errors == []


def test_the_policy_stops_what_is_not_the_script_of_the_page(small):
    small.errors.clear()
    small.value(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); })()"
    )
    assert small.value("window.ran === undefined")
    assert any("Content Security Policy" in error for error in small.errors)
    small.errors.clear()


@pytest.mark.parametrize("which", ["page", "small_page"])
@pytest.mark.parametrize("width", [1400, 700])
def test_the_page_is_no_wider_than_the_window(chromium, request, which, width):
    chromium.open(request.getfixturevalue(which), width=width)
    assert chromium.value("document.documentElement.scrollWidth") == width
    spilling = "[...document.querySelectorAll('h1, h2, h3, p, figure, nav, form')].filter(e => e.getBoundingClientRect().right > innerWidth).length"
    assert chromium.value(spilling) == 0


def test_the_filter_shows_the_claims_that_fit_and_says_how_many(opened):
    every = visible(opened)
    assert every == int(opened.value("document.querySelectorAll('#claims-table tbody tr').length"))
    fill(opened, "words", "GALLIUM monopoly")
    some = visible(opened)
    assert 0 < some < every
    assert opened.value("document.getElementById('filter-count').textContent") == f"{some} of {every} claims"
    texts = opened.value(
        "[...document.querySelectorAll('#claims-table tbody tr')].filter(r => !r.hidden).map(r => r.textContent.toLowerCase())"
    )
    assert all("gallium" in text and "monopoly" in text for text in texts)
    fill(opened, "words", "")
    fill(opened, "product", "rare_earths")
    assert 0 < visible(opened) < every
    fill(opened, "kind", "export_control")
    assert 0 < visible(opened) < every
    opened.value("document.querySelector('#filter button').click()")
    opened.value("new Promise(done => setTimeout(done, 50))")
    assert visible(opened) == every


def test_words_of_the_filter_are_no_pattern_and_no_markup(opened):
    fill(opened, "words", ".*(<img src=x onerror=alert(1)>")
    assert visible(opened) == 0
    assert opened.errors == []


@pytest.mark.parametrize(
    "start", ["#diversion", "#costs", "#built", "#independence", "#frontier", "#prices", "#tornado"]
)
def test_a_link_of_an_answer_arrives_at_its_trail(small, start):
    small.value(f"document.querySelectorAll('{start} details').forEach(d => d.open = true)")
    small.value(
        f"[...document.querySelectorAll('{start} a')].find(a => decodeURIComponent(a.hash).startsWith('#t-')).click()"
    )
    assert small.value("document.querySelector(':target').closest('.trail') !== null")


@pytest.mark.parametrize("start", ["#finding", "#ranking", "#leverage", "#survival", "#shock", "#contradictions"])
def test_a_link_of_a_number_arrives_at_its_trail(opened, start):
    opened.value(f"document.querySelectorAll('{start} details').forEach(d => d.open = true)")
    opened.value(f"document.querySelector('{start} a[href^=\"#t-\"]').click()")
    name = opened.value("decodeURIComponent(location.hash.slice(1))")
    assert name.startswith("t-")
    box = json.loads(opened.value("JSON.stringify(document.querySelector(':target').getBoundingClientRect())"))
    assert opened.value("document.querySelector(':target').id") == name
    assert 0 <= box["top"] < 900
    assert opened.value("document.querySelector(':target').textContent.includes('rests on')")


def test_without_scripts_everything_but_the_filter_is_there(chromium, page):
    chromium.open(page, scripts=False)
    # what is shown is read from the layout tree: no script of ours runs in the page
    tree = chromium.send("DOM.getDocument", depth=1)["root"]["nodeId"]

    def height(selector):
        node = chromium.send("DOM.querySelector", nodeId=tree, selector=selector)["nodeId"]
        return chromium.send("DOM.getBoxModel", nodeId=node)["model"]["height"]

    assert height("#claims-table") > 10_000
    assert height("#ranking-figure svg") > 300
    assert height("#trail") > 10_000
    with pytest.raises(AssertionError, match="box model"):
        height("#filter")


def test_charts_and_controls_have_names_for_screen_readers(small):
    document = small.send("Runtime.evaluate", expression="document")["result"]["objectId"]
    for role, number in (("image", "svg"), ("searchbox", "input"), ("combobox", "select"), ("button", "button")):
        found = small.send("Accessibility.queryAXTree", objectId=document, role=role)["nodes"]
        shown = [node for node in found if not node["ignored"]]
        assert len(shown) == small.value(f"document.querySelectorAll('{number}').length") > 0
        assert all(node["name"]["value"] for node in shown)
    assert small.value("[...document.querySelectorAll('a, summary')].filter(e => !e.textContent.trim()).length") == 0


def test_the_keyboard_reaches_the_page_and_focus_can_be_seen(small):
    small.press("Tab")
    assert small.value("document.activeElement.className") == "skip"
    assert small.value("document.activeElement.getBoundingClientRect().left") >= 0
    small.press("Tab")
    assert small.value("document.activeElement.matches('.finding a')")
    assert small.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert float(small.value("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")) >= 2


CONTRAST = """
(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  let least = 21;
  for (const e of document.querySelectorAll('h1, h2, h3, h4, p, th, caption, figcaption, label, summary, .legend li, #ranking a, .finding a, footer')) {
    const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((a, b) => b - a);
    least = Math.min(least, (pair[0] + 0.05) / (pair[1] + 0.05));
  }
  return least;
})()
"""


def test_text_has_a_contrast_of_at_least_4_5(small):
    assert small.value(CONTRAST) >= 4.5


def test_the_page_prints(opened):
    printed = opened.pdf()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", printed)) > 10


def test_the_browser_ends_with_the_test(tmp_path):
    with browser.Browser(tmp_path) as driven:
        process = driven._process
        assert process.poll() is None
    assert process.poll() is not None
