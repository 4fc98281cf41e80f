"""A small study made by code, and the means to damage it.

Two products, three stages, one source whose text stands here, two publishers of figures:

    gallium/primary  ->  gallium/wafer  ->  drones/complete (finished good)

Tests ask for `made`, or for `make_study` where they need more than one study.
"""

import csv
import hashlib
import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from depgraph.cli import main
from depgraph.core import tables
from depgraph.evidence import estimates
from depgraph.pages import findings, page
from depgraph.study import ledger, study
from tests.diversion_study import Diverted, add_diversion

SHIPPED = Path(__file__).parents[1] / "datasets"

SETTINGS = """\
name = "Made study"
as_of = "2026-06-30"
bloc = "QUAD"
rival = "CHN"
reference_years = "2022/2025"
"""

# characters outside ASCII and outside the basic plane: offsets count code points, not bytes
TEXT = """\
A short essay — by nobody \U0001f600

China has a near monopoly on primary gallium. Drones, too, are dominated by it.

Japan made 45 percent of the wafers in 2024.

The Quad should build drones of its own by 2030.
"""

SOURCE = f"""\
id = "essay"
title = "A short essay"
author = ""
producer = ""
url = ""
date_published = "2025-03"
date_accessed = "2026-06-01"
licence = "written for the tests"
sha256 = "{hashlib.sha256(TEXT.encode()).hexdigest()}"
reliability = "C"
note = ""
"""


def locator(span):
    """Return where a span of the text stands, counted here and not by the package."""
    start = TEXT.index(span)
    return {
        "source_id": "essay",
        "start": start,
        "end": start + len(span),
        "fingerprint": hashlib.sha256(span.encode()).hexdigest()[:16],
        "paragraph": TEXT[:start].count("\n\n") + 1,
        "modality": "fact",
        "polarity": "affirmed",
    }


GALLIUM = locator("China has a near monopoly on primary gallium.")
DRONES = locator("Drones, too, are dominated by it.")
WAFERS = locator("Japan made 45 percent of the wafers in 2024.")
ADVICE = locator("The Quad should build drones of its own by 2030.")


def figure(identifier, stage, economy, value, **cells):
    """Return a row of production in tonnes, unless the cells say otherwise."""
    product, _, name = stage.partition("/")
    return {
        "figure_id": identifier, "source_id": "office-1", "product": product, "stage": name, "economy": economy,
        "metric": "production", "basis": "mass_by_site", "value": value, "unit": "t", "year": "2024",
        "vintage": "2025", "table": "table 1", "grade": "A", "status": "ok",
    } | cells  # fmt: skip


SURVEY = {
    "source_id": "survey-1",
    "metric": "market_share",
    "basis": "market_by_firm_home",
    "unit": "share",
    "grade": "B",
}

# units are code, not evidence: the shipped table; likewise the assumptions that the package takes by name
UNITS = (SHIPPED / "units.csv").read_text(encoding="utf-8")
LEDGER = csv.DictReader(io.StringIO((SHIPPED / "assumptions.csv").read_text(encoding="utf-8")))
BY_NAME = [
    row | {"source_id": ""} for row in LEDGER if row["assumption_id"] in {*ledger.BY_NAME, ledger.STRENGTH, ledger.NEED}
]

# path inside the study to (table of schemas.toml, rows); cells that are not named are empty
ROWS = {
    "datasets/economies.csv": ("economies", [
        {"iso3": "AUS", "name": "Australia"},
        {"iso3": "CHN", "name": "China"},
        {"iso3": "IND", "name": "India"},
        {"iso3": "JPN", "name": "Japan"},
        {"iso3": "KOR", "name": "South Korea", "aliases": "Korea;Republic of Korea"},
        {"iso3": "PRK", "name": "North Korea", "aliases": "Korea"},
        {"iso3": "TWN", "name": "Taiwan"},
        {"iso3": "USA", "name": "United States", "aliases": "US;U.S.;United States of America"},
    ]),
    "datasets/blocs.csv": ("blocs", [
        {"bloc_id": "QUAD", "name": "Quad", "members": "AUS;IND;JPN;USA"},
        {"bloc_id": "WLD", "name": "World"},
        {"bloc_id": "ROW", "name": "Rest of the world"},
    ]),
    "datasets/products.csv": ("products", [
        {"product": "gallium", "name": "Gallium"},
        {"product": "drones", "name": "Drones"},
    ]),
    "datasets/stages.csv": ("stages", [
        {"stage_id": "gallium/primary", "name": "Primary gallium", "unit": "t", "hs_codes": "811292", "final": "no",
         "basis": "production_share:mass_by_site"},
        {"stage_id": "gallium/wafer", "name": "Wafers", "unit": "index", "final": "no",
         "basis": "market_share:market_by_firm_home"},
        {"stage_id": "drones/complete", "name": "Complete drones", "unit": "index", "final": "yes"},
    ]),
    "datasets/recipes.csv": ("recipes", [
        {"recipe_id": "R-1", "input": "gallium/primary", "output": "gallium/wafer", "essential": "yes",
         "parent": "A-made-of"},
        {"recipe_id": "R-2", "input": "gallium/wafer", "output": "drones/complete", "essential": "yes",
         "parent": "A-wafers-in-drones;E-3"},
    ]),
    "datasets/assumptions.csv": ("assumptions", [
        *BY_NAME,
        {"assumption_id": "A-made-of", "what": "made of it", "value": 1, "unit": "share", "reason": "for the tests"},
        {"assumption_id": "A-wafers-in-drones", "what": "part of drones", "value": 0.7, "low": 0.3, "high": 1,
         "unit": "share", "reason": "for the tests", "source_id": "essay"},
    ]),
    "datasets/lexicon.csv": ("lexicon", [
        {"term": "near_monopoly", "min": 0.8, "mode": 0.92, "max": 0.99, "leads": "yes", "version": 1, "reason": "made"},
        {"term": "dominates", "min": 0.5, "mode": 0.7, "max": 0.95, "leads": "yes", "version": 1, "reason": "made"},
    ]),
    "datasets/figures/sources.csv": ("figure_sources", [
        {"source_id": "office-1", "publisher": "Office", "document": "Yearbook", "year": "2025",
         "address": "https://example.org/yearbook", "licence": "open"},
        {"source_id": "survey-1", "publisher": "Survey", "document": "Market", "year": "2025",
         "address": "https://example.org/market", "licence": "open"},
    ]),
    "datasets/figures/office.csv": ("figures", [
        figure("F-office-1", "gallium/primary", "CHN", 750),
        figure("F-office-2", "gallium/primary", "JPN", 3),
        figure("F-office-3", "gallium/primary", "WLD", 0.76, unit="kt"),
    ]),
    "datasets/figures/survey.csv": ("figures", [
        figure("F-survey-1", "gallium/wafer", "JPN", 0.4, **SURVEY),
        figure("F-survey-2", "gallium/wafer", "CHN", 0.35, **SURVEY, note="a note, with a comma"),
        figure("F-survey-3", "gallium/wafer", "TWN", "", low=0.05, high=0.1, **SURVEY),
    ]),
    "seeds/essay/claims.csv": ("claims", [
        GALLIUM | {"claim_id": "E-1", "statement": "China leads.", "kind": "dominance", "actor": "CHN",
                   "target": "WLD", "product": "gallium", "stage": "primary", "term": "near_monopoly"},
        DRONES | {"claim_id": "E-2", "statement": "China leads here too.", "kind": "dominance", "actor": "CHN",
                  "product": "drones", "stage": "complete", "term": "dominates"},
        WAFERS | {"claim_id": "E-3", "statement": "Japan's part of wafers.", "kind": "share", "actor": "JPN",
                  "product": "gallium", "stage": "wafer", "value": 0.45, "unit": "share", "period": "2024"},
        ADVICE | {"claim_id": "E-4", "statement": "Build drones.", "kind": "recommendation", "actor": "QUAD",
                  "modality": "recommended", "target": "CHN", "product": "drones", "period": "2030"},
        DRONES | {"claim_id": "E-5", "statement": "Said again.", "kind": "dominance", "actor": "CHN",
                  "product": "drones", "stage": "complete", "term": "dominates", "relates_to": "repeats:E-2"},
    ]),
}  # fmt: skip


class MadeStudy:
    """A study on disk: read it, run commands on it, damage one file at a time."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "study"
        self.texts = folder / "texts"
        self.texts.mkdir(parents=True)
        (self.texts / "essay.txt").write_bytes(TEXT.encode())
        self.write("datasets/study.toml", SETTINGS)
        self.write("datasets/units.csv", UNITS)
        self.write("seeds/essay/source.toml", SOURCE)
        filled = {"units"} | {table for table, _ in ROWS.values()}
        # of a table in many files there is one, without a row
        empty = {
            schema.file.replace("*", "made"): (name, [])
            for name, schema in tables.schemas().items()
            if name not in filled
        }
        for name, (table, rows) in (empty | ROWS).items():
            header = [column.name for column in tables.schemas()[table].columns]
            self.write_cells(name, [header, *([row.get(column, "") for column in header] for row in rows)])

    def path(self, name):
        return self.root / name

    def write(self, name, content):
        """Replace a whole file by text or bytes."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name):
        return self.path(name).read_bytes().decode()

    def write_cells(self, name, lines):
        """Replace a whole table by lists of cells."""
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(lines)
        self.write(name, stream.getvalue())

    def cells(self, name):
        return list(csv.reader(io.StringIO(self.read(name), newline="")))

    def damage(self, name, old, new):
        """Replace one piece of a file; it must be there exactly once."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def set(self, name, key, column, cell):
        """Replace one cell of the row whose first cell is the key; return the line of that row."""
        lines = self.cells(name)
        place = [row[0] for row in lines].index(key)
        lines[place][lines[0].index(column)] = cell
        self.write_cells(name, lines)
        return place + 1

    def add(self, name, /, **cells):
        """Add a row; return its line."""
        lines = self.cells(name)
        lines.append([str(cells.get(column, "")) for column in lines[0]])
        self.write_cells(name, lines)
        return len(lines)

    def repeat(self, name, key, /, **cells):
        """Add a copy of a row with other cells; return its line."""
        lines = self.cells(name)
        row = next(row for row in lines if row[0] == key)
        return self.add(name, **(dict(zip(lines[0], row, strict=True)) | cells))

    def remove(self, name):
        path = self.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def problems(self, *, warnings=False):
        """Return every problem, or every warning."""
        return [problem for problem in study.examine(self.root)[1] if problem.warning == warnings]

    def load(self):
        return study.load(self.root)

    def picture(self):
        return estimates.estimate(self.load())

    def run(self, *arguments):
        """Run a command on this study; the result has exit_code, stdout and stderr."""
        return CliRunner().invoke(main.main, ["--study", str(self.root), *map(str, arguments)])


@pytest.fixture
def make_study(tmp_path):
    """Return a function that makes a study in a folder of its own."""

    def make(name="made"):
        return MadeStudy(tmp_path / name)

    return make


@pytest.fixture
def made(make_study):
    return make_study()


@pytest.fixture
def diverted(made):
    """Return the made study with a diversion model, to damage it and to run commands on it."""
    return add_diversion(made)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Return the made study with a diversion model, read once: only to compute with."""
    return Diverted(add_diversion(MadeStudy(tmp_path_factory.mktemp("diverted"))).load())


@pytest.fixture
def run():
    """Return a function that runs the command line as it stands."""
    return lambda *arguments: CliRunner().invoke(main.main, list(map(str, arguments)))


@pytest.fixture(scope="session")
def shipped_page():
    """Return the report of the shipped study."""
    pytest.importorskip("altair", reason="needs the extra 'report'")
    pytest.importorskip("jinja2", reason="needs the extra 'report'")
    loaded = study.load(study.find(None))
    return page.build(findings.gather(loaded, loaded.settings["bloc"]))[0]
