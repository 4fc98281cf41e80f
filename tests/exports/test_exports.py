"""Exports: read back by other programs, nothing lost, nothing run, the same twice."""

import csv
import dataclasses
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import networkx as nx
import pytest

from depgraph import __version__
from depgraph.core import render
from depgraph.core.errors import DepgraphError
from depgraph.evidence import estimates
from depgraph.exports import citation, database, iamc, networks, records, workbook
from depgraph.graph import dependencies
from depgraph.interface import loading
from depgraph.interface import writing as command
from depgraph.study import study

ROOT = Path(__file__).parents[2]
GEXF = "{http://www.gexf.net/1.2draft}"
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
FILES = {form.file for name, form in command.FORMATS.items() if name != "datapackage"}
TYPES = {"number": (int, float), "share": (int, float), "count": int, "flag": bool, "ids": tuple}
# names that would do harm or break somewhere, and what everybody must be able to read of them
HOSTILE = {
    "markup": "<script>alert(1)</script> & </node> ]]>",
    "quotes": 'it\'s "quoted" `so` \u201cor so\u201d',
    "newline": "first\nsecond",
    "control": "a\x00b\x1b[31mc\x07",
    "formula": '=HYPERLINK("https://example.org")',
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1)",
    "link": "https://example.org/?a=1&b=2",
    "right to left": "\u0627\u0644\u063a\u0627\u0644\u064a\u0648\u0645 \u05d2\u05dc\u05d9\u05d5\u05dd",
    "direction mark": "abc\u202edcba\u2066x",
    "emoji": "Chips \U0001f600 \U0001f1ef\U0001f1f5 \u2764\ufe0f",
    "long": "very long " * 5000,
    "excel escape": "_x0041_ and _x000D_",
    "tex": r"50% of $5 \input{x} {brace #1_a^b~c",
    "sql": "'); DROP TABLE claims; --",
    "surrogate": "a\ud800b\uffff",
}


def analysis_of(loaded, bloc="QUAD"):
    picture = estimates.estimate(loaded)
    return records.analyse(loaded, picture, dependencies.build(loaded, picture), bloc)


def renamed(loaded, name):
    """Return the study with a name of a stage, product, economy, source and claim replaced, as no file could."""
    tables = dict(loaded.tables)
    for table, column in (("stages", "name"), ("stages", "note"), ("products", "name"), ("claims", "statement"),
                          ("figure_sources", "document"), ("figure_sources", "publisher"), ("sources", "title"),
                          ("sources", "author"), ("figures", "note"), ("assumptions", "reason")):  # fmt: skip
        tables[table] = [row | {column: name} for row in tables[table]]
    names = dict.fromkeys(loaded.economies.names, name)
    settings = dict(loaded.settings) | {"name": name}
    economies = dataclasses.replace(loaded.economies, names=names)
    return dataclasses.replace(loaded, tables=tables, economies=economies, settings=settings)


@pytest.fixture
def hostile(made):
    return lambda name: analysis_of(renamed(made.load(), name))


@pytest.fixture(scope="module")
def shipped():
    return analysis_of(study.load(ROOT))


@pytest.fixture(scope="module")
def shipped_tables(shipped):
    return records.gather(shipped)


def opened(content):
    """Open a database from its bytes."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    return connection


# --- the tables -------------------------------------------------------------------------------


def test_every_table_is_described_and_every_description_has_rows_or_a_study_table():
    own = set(records.schemas()) - set(records.RESULTS)
    assert own - set(study.tables.schemas()) == {"sources"}
    assert set(records.RESULTS) <= set(records.schemas())


@pytest.mark.parametrize("name", records.schemas())
def test_every_table_and_column_says_what_it_is(name):
    schema = records.schemas()[name]
    assert schema.about
    assert all(column.about for column in schema.columns)
    assert schema.key in {"", *(column.name for column in schema.columns)}


@pytest.mark.parametrize("name", records.schemas())
def test_cells_have_the_type_of_their_column(shipped_tables, name):
    table = shipped_tables[name]
    for column in table.schema.columns:
        for row in table.rows:
            value = row[column.name]
            assert (value is not None) or not column.required, (column.name, row)
            assert value is None or isinstance(value, TYPES.get(column.type, str)), (column.name, value)
            assert not column.words or value is None or value in column.words
            assert column.type != "share" or value is None or 0 <= value <= 1


def test_a_stage_without_evidence_is_one_row_without_a_number(shipped, shipped_tables):
    unknown = [row for row in shipped_tables["shares"].rows if row["status"] == "no claim"]
    assert {row["stage"] for row in unknown} == {s for s in shipped.study.stages if not shipped.picture.shares(s)}
    assert {row[name] for row in unknown for name in ("low", "central", "high", "economy")} == {None}


def test_the_results_are_those_of_the_commands(run, shipped_tables):
    ranking = [row for row in json.loads(run("chokepoints", "-f", "json").stdout) if row["chokepoint_id"]]
    for theirs, ours in zip(ranking, shipped_tables["chokepoints"].rows, strict=True):
        same = set(theirs) & set(ours)
        assert {"loss_central", "rank", "parents", "share_low"} <= same
        assert {key: theirs[key] for key in same} == {
            key: list(ours[key]) if isinstance(ours[key], tuple) else ours[key] for key in same
        }


# --- workbook ---------------------------------------------------------------------------------


def book(analysis):
    openpyxl = pytest.importorskip("openpyxl")
    return openpyxl.load_workbook(io.BytesIO(workbook.write(analysis, records.gather(analysis))))


@pytest.fixture(scope="module")
def shipped_book(shipped):
    return book(shipped)


def test_the_first_sheet_explains_every_sheet_and_column(shipped_book):
    lines = {(row[0], row[1]) for row in shipped_book[workbook.CONTENTS].iter_rows(values_only=True)}
    for title in workbook.SHEETS:
        header = [cell.value for cell in shipped_book[title][1]]
        assert header
        assert {(title, name) for name in header} <= lines
    assert shipped_book.sheetnames == [workbook.CONTENTS, *workbook.SHEETS]


def test_the_first_sheet_names_version_data_and_bloc(shipped, shipped_book):
    texts = {row[3] for row in shipped_book[workbook.CONTENTS].iter_rows(values_only=True)}
    assert {__version__, shipped.study.version, "QUAD"} <= texts


def test_headers_are_frozen_and_can_be_filtered(shipped_book):
    assert {page.freeze_panes for page in shipped_book} == {"A2"}
    assert all(page.auto_filter.ref for page in shipped_book)


def test_customs_codes_are_text_and_shares_are_numbers_shown_as_percent(shipped_book):
    stages = shipped_book["stages"]
    column = next(cell.column for cell in stages[1] if cell.value == "hs_codes")
    codes = [stages.cell(row, column) for row in range(2, stages.max_row + 1)]
    assert {type(cell.value) for cell in codes if cell.value is not None} == {str}
    assert {cell.number_format for cell in codes if (cell.value or "").isdigit()} == {"@"}
    central = next(cell for cell in shipped_book["ranking"][1] if cell.value == "loss_central").column
    first = shipped_book["ranking"].cell(2, central)
    assert isinstance(first.value, float)
    assert first.number_format.endswith("0.0%")


def test_a_workbook_holds_every_row_in_full_precision(shipped_tables, shipped_book):
    for title, name in workbook.SHEETS.items():
        lines = list(shipped_book[title].iter_rows(min_row=2, values_only=True))
        assert len(lines) == len(shipped_tables[name].rows)
        for line, row in zip(lines, shipped_tables[name].rows, strict=True):
            for cell, value in zip(line, row.values(), strict=True):
                if value is None:
                    assert cell is None
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    assert cell == pytest.approx(value, rel=1e-15)
                else:
                    assert (cell or "") == render.flat(value)


# --- graphs -----------------------------------------------------------------------------------


def gexf_edges(content):
    """Return source, target, weight and attributes of each edge, read without networkx."""
    page = ET.fromstring(content)  # noqa: S314 - our own
    kinds = page.findall(f".//{GEXF}attributes[@class='edge']/{GEXF}attribute")
    titles = {item.get("id"): item.get("title") for item in kinds}
    for edge in page.iter(f"{GEXF}edge"):
        facts = {titles[item.get("for")]: item.get("value") for item in edge.iter(f"{GEXF}attvalue")}
        yield dict(edge.attrib), facts


def test_every_edge_of_the_graph_carries_what_it_rests_on(shipped):
    plain = networks.describe(shipped)
    assert set(plain.nodes) == set(shipped.network.nodes)
    assert set(plain.edges(keys=True)) == set(shipped.network.edges(keys=True))
    for _, _, key, data in plain.edges(data=True, keys=True):
        assert data["rests_on"][0] == key == data.get("estimate_id", data.get("recipe_id"))
        assert all(name in shipped.walked for name in data["rests_on"])


def test_what_is_not_known_is_not_there_and_never_zero(shipped):
    plain = networks.describe(shipped)
    for node, data in plain.nodes(data=True):
        assert None not in data.values()
        assert "" not in data.values()
        if data["kind"] == "stage" and not shipped.picture.shares(node):
            assert data["shares_known"] is False
            assert not {"low", "central", "high"} & set(data)
    ranked = {f"{row.economy}:{row.stage}" for row in shipped.ranking.rows}
    assert {node for node, data in plain.nodes(data=True) if "loss_central" in data} == ranked & set(plain.nodes)


def test_gexf_gives_gephi_unique_ids_and_weights_above_zero(shipped):
    edges = list(gexf_edges(networks.gexf(networks.describe(shipped))))
    assert len({edge["id"] for edge, _ in edges}) == len(edges)
    assert all(float(edge["weight"]) > 0 for edge, _ in edges)
    assert all(facts["rests_on"].startswith(edge["id"]) for edge, facts in edges)
    assert all(float(edge["weight"]) == float(facts["central"]) for edge, facts in edges)


def test_a_supplier_of_nothing_stays_in_the_drawing_without_an_edge(shipped):
    zeros = {item.estimate_id for item in shipped.picture.estimates if item.high == 0}
    drawn = nx.read_gexf(io.BytesIO(networks.gexf(networks.describe(shipped))))
    nodes = [node for node, data in drawn.nodes(data=True) if data.get("estimate_id") in zeros]
    assert nodes
    assert [drawn.nodes[node]["central"] for node in nodes] == [0.0] * len(nodes)
    assert [drawn.degree(node) for node in nodes] == [0] * len(nodes)


@pytest.mark.parametrize(
    "read", [(networks.gexf, nx.read_gexf), (networks.graphml, nx.read_graphml)], ids=["gexf", "graphml"]
)
def test_the_xml_graphs_read_back_as_they_are(shipped, read):
    write, reader = read
    plain, back = networks.describe(shipped), reader(io.BytesIO(write(networks.describe(shipped))))
    assert set(back.nodes) == set(plain.nodes)
    kept = {(u, v, key) for u, v, key, data in plain.edges(data=True, keys=True) if data["central"] > 0}
    assert {(u, v) for u, v, *_ in back.edges} == {(u, v) for u, v, _ in kept}
    assert back.number_of_edges() == len(kept)
    for node, data in plain.nodes(data=True):
        assert data.items() <= {key: value for key, value in back.nodes[node].items() if value is not None}.items()


def test_the_ids_of_a_graphml_file_are_unique(shipped):
    page = ET.fromstring(networks.graphml(networks.describe(shipped)))  # noqa: S314 - our own
    for tag in ("key", "node", "edge"):
        ids = [item.get("id") for item in page.iter(f"{GRAPHML}{tag}")]
        assert len(set(ids)) == len(ids)


def test_node_link_json_is_what_networkx_reads(shipped):
    content = json.loads(networks.node_link(networks.describe(shipped)))
    assert content["graph"]["data"] == shipped.study.version
    assert len(content["edges"]) == shipped.network.number_of_edges()
    back = {(edge["source"], edge["target"], edge["key"]) for edge in content["edges"]}
    assert back == set(shipped.network.edges(keys=True))
    ids = {node["id"] for node in content["nodes"]}
    assert all({edge["source"], edge["target"]} <= ids for edge in content["edges"])


CLAIM_EDGE = {"source_id", "kind", "style", "modality", "polarity", "statement", "cluster"}


@pytest.mark.parametrize(
    ("write", "read"), [(networks.gexf, nx.read_gexf), (networks.graphml, nx.read_graphml)], ids=["gexf", "graphml"]
)
def test_the_graph_of_claims_reads_back_with_every_claim(shipped, write, read):
    plain = networks.describe_claims(shipped.study)
    back = read(io.BytesIO(write(plain)))
    assert set(back.nodes) == set(plain.nodes)
    assert back.number_of_edges() == len(shipped.study.claims)
    claims = {data["claim_id"]: (u, v, data) for u, v, data in back.edges(data=True)}
    assert set(claims) == set(shipped.study.claims)
    for begin, end, claim, facts in plain.edges(data=True, keys=True):
        u, v, data = claims[claim]
        assert (u, v) == (begin, end)
        flat = {name: "; ".join(value) if isinstance(value, tuple) else value for name, value in facts.items()}
        assert flat.items() <= data.items()
        assert set(facts) >= CLAIM_EDGE


def test_node_link_json_of_the_claims_keeps_ends_and_sources_apart(shipped):
    content = json.loads(networks.node_link(networks.describe_claims(shipped.study)))
    assert len(content["edges"]) == len(shipped.study.claims)
    for edge in content["edges"]:
        row = shipped.study.claims[edge["key"]]
        assert edge["source"] == row["actor"]
        assert edge["source_id"] == row["source_id"]
        assert edge.get("target_economy") == row["target"]
    gallium = next(edge for edge in content["edges"] if edge["key"] == "JQE-062")
    assert [gallium[f"strength_{name}"] for name in ("low", "mode", "high")] == [0.8, 0.92, 0.99]


def test_no_graph_holds_the_day_on_which_it_was_written(shipped):
    content = networks.gexf(networks.describe(shipped)).decode()
    assert re.findall(r'lastmodifieddate="([^"]*)"', content) == [shipped.study.settings["as_of"]]


# --- database ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped_database(shipped_tables):
    return database.write(shipped_tables)


def test_a_database_holds_every_row(shipped_tables, shipped_database):
    connection = opened(shipped_database)
    for name, table in shipped_tables.items():
        found = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our names
        assert [item[0] for item in found.description] == [column.name for column in table.schema.columns]
        for line, row in zip(found, table.rows, strict=True):
            values = [
                value if value is None or isinstance(value, (int, float)) else render.flat(value)
                for value in row.values()
            ]
            assert list(line) == values


def test_a_database_is_sound_and_its_keys_lead_somewhere(shipped_database):
    connection = opened(shipped_database)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    into = {(row[3], row[2]) for row in connection.execute('PRAGMA foreign_key_list("figures")')}
    assert into == {("source_id", "figure_sources"), ("economy", "codes"), ("partner", "codes"), ("market", "codes"), ("unit", "units"), ("stage_id", "stages")}  # fmt: skip


def test_a_row_that_points_nowhere_is_refused(made):
    loaded = made.load()
    figures = [loaded.tables["figures"][0] | {"source_id": "nobody"}, *loaded.tables["figures"][1:]]
    analysis = analysis_of(loaded)
    broken = dataclasses.replace(
        analysis, study=dataclasses.replace(loaded, tables=dict(loaded.tables) | {"figures": figures})
    )
    with pytest.raises(DepgraphError, match="do not fit together"):
        database.write(records.gather(broken))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_and_not_stored_as_unknown(made, number):
    tables = records.gather(analysis_of(made.load()))
    row = dict(tables["estimates"].rows[0]) | {"central": number}
    tables["estimates"] = dataclasses.replace(tables["estimates"], rows=[row])
    with pytest.raises(DepgraphError, match="central"):
        database.write(tables)


def test_the_trail_can_be_walked_in_the_database(run, shipped, shipped_database):
    identifier = shipped.ranking.rows[0].chokepoint_id
    below = {row[0] for row in opened(shipped_database).execute(documented("sql")[0], [identifier])}
    steps = json.loads(run("why", identifier, "-f", "json").stdout)
    assert below == {step["id"] for step in steps if step["direction"] == "down"}


def documented(language):
    """Return the blocks of code in the page on exports."""
    text = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_the_queries_of_the_page_on_exports_run(shipped_database, shipped, number):
    query = documented("sql")[number]
    values = [shipped.ranking.rows[0].chokepoint_id] * query.count("?")
    assert opened(shipped_database).execute(query, values).fetchall()


def test_the_metadata_for_datasette_describes_every_table_and_column(shipped, shipped_tables, shipped_database):
    content = json.loads(database.metadata(shipped, shipped_tables, "depgraph"))
    described = content["databases"]["depgraph"]["tables"]
    connection = opened(shipped_database)
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(described) == names
    for name, table in described.items():
        columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        assert set(table["columns"]) == columns
        assert {*table.get("facets", ()), table.get("label_column"), table.get("sort")} - {None} <= columns


# --- IAMC -------------------------------------------------------------------------------------


def test_iamc_rows_are_unique_and_complete(shipped):
    rows, left = iamc.rows(shipped)
    assert {tuple(row) for row in rows} == {iamc.COLUMNS}
    assert len({tuple(row[name] for name in iamc.KEY) for row in rows}) == len(rows)
    assert all(isinstance(row["year"], int) and 1900 < row["year"] < 2100 for row in rows)
    assert None not in {value for row in rows for value in row.values()}
    assert left > 0


def test_iamc_shares_are_the_estimates(shipped):
    rows, _ = iamc.rows(shipped)
    values = {(row["variable"], row["region"]): row["value"] for row in rows if row["variable"].startswith("Share|")}
    for item in shipped.picture.estimates:
        if item.period:
            assert values[f"Share|{item.stage}|{item.metric}|Low", item.economy] == item.low


def test_figures_that_may_not_stand_for_a_stage_are_no_iamc_rows(shipped):
    models = {row["model"] for row in iamc.rows(shipped)[0]}
    fit = {row["source_id"] for row in shipped.study.tables["figures"] if row["status"] == "ok"}
    assert models - {f"depgraph {__version__}"} <= fit


# --- record and package -----------------------------------------------------------------------


def test_the_record_is_provenance_that_other_programs_read(tmp_path, run):
    model = pytest.importorskip("prov.model")
    assert run("export", "all", "-o", tmp_path / "out").exit_code == 0
    document = model.ProvDocument.deserialize(str(tmp_path / "out" / "run.json"))
    kinds = {kind.__name__: list(document.get_records(kind)) for kind in (model.ProvEntity, model.ProvActivity, model.ProvAgent, model.ProvUsage, model.ProvGeneration)}  # fmt: skip
    data = [
        path
        for folder in ("seeds", "datasets")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".csv", ".toml"}
    ]
    assert len(kinds["ProvUsage"]) == len(data)
    assert len(kinds["ProvGeneration"]) == len(list((tmp_path / "out").iterdir())) - 1
    assert len(kinds["ProvEntity"]) == len(kinds["ProvUsage"]) + len(kinds["ProvGeneration"])
    assert [str(item.label) for item in kinds["ProvActivity"]] == ["depgraph export all --for QUAD"]
    assert len(kinds["ProvAgent"]) == 1


def test_the_record_holds_the_hash_of_every_file(made, tmp_path):
    import hashlib

    assert made.run("export", "all", "-o", tmp_path / "out").exit_code == 0
    record = json.loads((tmp_path / "out" / "run.json").read_bytes())
    for name, entity in record["entity"].items():
        prefix, _, path = name.partition(":")
        content = (made.root / path if prefix == "study" else tmp_path / "out" / path).read_bytes()
        assert entity["depgraph:sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["depgraph:bytes"]["$"] == str(len(content))


def test_the_record_names_no_folder_of_the_machine(made, tmp_path):
    content = made.run("export", "run").stdout
    assert str(made.root) not in content
    assert str(tmp_path) not in content


@pytest.mark.parametrize("kind", ["shipped", "made", "new"])
def test_the_data_package_is_valid(made, run, kind):
    frictionless = pytest.importorskip("frictionless")
    root = {"shipped": ROOT, "made": made.root, "new": made.folder / "fresh"}[kind]
    if kind == "new":
        assert run("new", root).exit_code == 0
    descriptor = json.loads(run("--study", root, "export", "datapackage").stdout)
    report = frictionless.Package.from_descriptor(descriptor, basepath=str(root)).validate()
    assert report.flatten(["title", "message"]) == []
    files = {
        path.relative_to(root).as_posix() for folder in ("seeds", "datasets") for path in (root / folder).rglob("*.csv")
    }
    assert {resource["path"] for resource in descriptor["resources"]} == files


DAMAGE = {
    ("datasets/figures/office.csv", "F-office-1", "source_id", "nobody"): "foreign-key",
    ("datasets/figures/office.csv", "F-office-1", "value", "many"): "type-error",
    ("datasets/lexicon.csv", "dominates", "max", "1.5"): "constraint-error",
    ("datasets/stages.csv", "gallium/wafer", "final", "maybe"): "type-error",
    ("datasets/products.csv", "drones", "name", ""): "constraint-error",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_data_package_finds_what_the_study_would_refuse(made, damage):
    frictionless = pytest.importorskip("frictionless")
    descriptor = json.loads(made.run("export", "datapackage").stdout)
    for resource in descriptor["resources"]:
        del resource["hash"], resource["bytes"]  # a changed file is found by these alone
    made.set(*damage)
    report = frictionless.Package.from_descriptor(descriptor, basepath=str(made.root)).validate()
    assert DAMAGE[damage] in {found for (found,) in report.flatten(["type"])}


# --- citing -----------------------------------------------------------------------------------


def entries(text):
    """Return the fields of each BibTeX entry; braces must balance as BibTeX counts them."""
    found = []
    for entry in re.split(r"(?m)^(?=@)", text)[1:]:
        depth = 0
        for char in entry:
            depth += {"{": 1, "}": -1}.get(char, 0)
            assert depth >= 0
        assert depth == 0
        found.append(dict(re.findall(r"(?m)^  (\w+) = \{(.*)\},$", entry)) | {"key": entry[6 : entry.index(",")]})
    return found


def test_the_program_is_cited_with_the_hash_of_the_data(run, shipped):
    (entry,) = entries(run("cite").stdout)
    assert shipped.study.version in entry["note"]
    assert entry["version"] == __version__
    stated = citation.read_citation((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert stated["version"] == __version__
    assert stated["title"] in entry["title"]


def test_every_source_is_cited_once_with_what_it_states(run, shipped):
    found = {entry["key"]: entry for entry in entries(run("cite", "--sources").stdout)}
    documents = [row["id"] for row in shipped.study.tables["sources"]]
    publications = [row["source_id"] for row in shipped.study.tables["figure_sources"]]
    assert set(found) == {"depgraph", *documents, *publications}
    for row in shipped.study.tables["sources"]:
        assert ("author" in found[row["id"]], "title" in found[row["id"]]) == (bool(row["author"]), bool(row["title"]))


def test_the_sources_below_a_number_are_those_of_its_trail(made):
    identifier = "E:gallium/wafer:JPN"
    keys = [entry["key"] for entry in entries(made.run("cite", identifier).stdout)]
    assert keys == ["depgraph", "essay", "survey-1"]
    assert [entry["key"] for entry in entries(made.run("cite", "office-1").stdout)] == ["depgraph", "office-1"]


def test_an_unknown_identifier_is_answered_with_the_nearest(made):
    result = made.run("cite", "F-ofice-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "F-office-1" in result.stderr


@pytest.mark.parametrize(
    ("name", "begins"), [("a.bib", b"@misc{depgraph,"), ("a.ris", b"TY  - COMP\r\n"), ("a.txt", b"@misc")]
)
def test_the_suffix_of_the_file_chooses_the_form(made, tmp_path, name, begins):
    assert made.run("cite", "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


# --- escaping: one name in every place, read back by another program ------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_workbook_gives_back_any_name_and_runs_nothing(hostile, name):
    analysis = hostile(HOSTILE[name])
    content = workbook.write(analysis, records.gather(analysis))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {item: archive.read(item).decode() for item in archive.namelist()}
    for part in parts.values():
        ET.fromstring(part)  # noqa: S314 - our own
    assert not any("<f>" in part or "<hyperlink" in part for part in parts.values())
    page = book(analysis)["stages"]
    header = [cell.value for cell in page[1]]
    cell = page.cell(2, header.index("name") + 1)
    expected = render.fitting(render.clean(HOSTILE[name]))
    assert (cell.value, cell.data_type) == (expected, "s")
    assert cell.hyperlink is None


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["gexf", "graphml"])
def test_an_xml_graph_gives_back_any_name(hostile, form, name):
    content = getattr(networks, form)(networks.describe(hostile(HOSTILE[name]))).decode()
    assert all(char.isprintable() or char in "\n\t\r" for char in content)
    assert "<script" not in content
    page = ET.fromstring(content)  # noqa: S314 - our own
    texts = {text for item in page.iter() for text in (item.text, *item.attrib.values())}
    assert render.clean(HOSTILE[name]) in texts


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["nodelink", "datasette", "run"])
def test_json_gives_back_any_name_and_cannot_end_a_page(made, monkeypatch, form, name):
    loaded = renamed(made.load(), HOSTILE[name])
    content = command.FORMATS[form].write(command.Job(loading.of(loaded), "QUAD")).decode()
    assert "<" not in content
    assert all(char.isprintable() or char == "\n" for char in content)
    whole = json.dumps(json.loads(content), ensure_ascii=False)
    assert json.dumps(HOSTILE[name], ensure_ascii=False)[1:-1] in whole


@pytest.mark.parametrize("name", HOSTILE)
def test_a_database_gives_back_any_name(hostile, name):
    connection = opened(database.write(records.gather(hostile(HOSTILE[name]))))
    for table, column in (("stages", "name"), ("codes", "name"), ("claims", "statement")):
        found = {row[0] for row in connection.execute(f'SELECT "{column}" FROM "{table}"')}  # noqa: S608 - our names
        assert found - {"ROW"} == {render.clean(HOSTILE[name])}
    assert connection.execute("SELECT count(*) FROM claims").fetchone() == (5,)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_of_a_table_in_csv_is_run_or_broken(hostile, name):
    table = records.gather(hostile(HOSTILE[name]))["stages"]
    content = render.render(table.rows, "csv").decode()
    lines = list(csv.DictReader(io.StringIO(content, newline="")))
    assert len(lines) == len(table.rows)
    cell = lines[0]["name"]
    assert cell in {render.clean(HOSTILE[name]), "'" + render.clean(HOSTILE[name])}
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_citation_stays_one_entry_of_single_lines_whatever_the_name(hostile, name):
    loaded = hostile(HOSTILE[name]).study
    references = [citation.program(loaded), *citation.of_sources(loaded)]
    text = citation.bibtex(references)
    assert len(entries(text)) == len(references)
    assert not re.search(r"(?<!\\)[%$#&]", "".join(line for line in text.splitlines() if "url = " not in line))
    assert r"\input" not in text
    cards = citation.ris(references)
    assert cards.count("\r\nER  - \r\n") == len(references)
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in cards.split("\r\n") if line)
    assert all(char.isprintable() or char in "\r\n" for char in text + cards)


def test_only_a_plain_address_becomes_an_address():
    bad = ["javascript:alert(1)", "https://a.org/}\\input", "http://x y", "see https://a.org", "file:///etc"]
    for address in bad:
        item = citation.Reference("k", "document", address=address)
        assert "url = " not in citation.bibtex([item])
        assert "UR  - " not in citation.ris([item])
    good = citation.Reference("k", "document", address="https://a.org/b?c=d&e=%20")
    assert "  url = {https://a.org/b?c=d&e=%20},\n" in citation.bibtex([good])
    assert "UR  - https://a.org/b?c=d&e=%20\r\n" in citation.ris([good])


def test_keys_of_a_bibliography_are_unique_and_plain():
    references = [citation.Reference(key, "document") for key in ("a{b", "ab", "a,b", "\u00e9", "{}")]
    keys = re.findall(r"@misc\{(.*),", citation.bibtex(references))
    assert keys == ["ab", "ab-2", "ab-3", "e", "source"]


# --- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", command.FORMATS)
def test_every_format_goes_to_a_file_as_to_standard_output(made, tmp_path, form):
    target = tmp_path / command.FORMATS[form].file
    result = made.run("export", form, "-o", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_bytes() == made.run("export", form).stdout_bytes


def test_an_export_for_another_bloc_holds_its_ranking(made):
    content = json.loads(made.run("export", "nodelink", "--for", "Japan").stdout)
    assert {node["chokepoint_id"].split(":")[1] for node in content["nodes"] if "chokepoint_id" in node} == {"JPN"}


def test_everything_is_written_into_a_folder_with_its_record(made, tmp_path):
    assert made.run("export", "all", "-o", tmp_path / "deep" / "out").exit_code == 0
    assert {path.name for path in (tmp_path / "deep" / "out").iterdir()} == FILES
    result = made.run("export", "all")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_folder_with_a_record_is_whole(made, tmp_path, monkeypatch):
    assert made.run("export", "all", "-o", tmp_path / "out").exit_code == 0
    write = command.files.write_atomic

    def full(path, content):
        if path.suffix == ".gexf":
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(command.files, "write_atomic", full)
    assert made.run("export", "all", "-o", tmp_path / "out").exit_code == 3
    assert not (tmp_path / "out" / "run.json").exists()


def test_a_format_that_fails_is_not_passed_over(made, tmp_path, monkeypatch):
    def fail(_):
        message = "not fitting"
        raise DepgraphError(message)

    monkeypatch.setattr(database, "write", fail)
    assert made.run("export", "all", "-o", tmp_path / "out").exit_code == 3
    assert not (tmp_path / "out").exists()


def test_without_the_package_for_workbooks_the_rest_is_written(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    result = made.run("export", "all", "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert "not written: depgraph.xlsx" in result.stderr
    assert (tmp_path / "out" / "depgraph.db").exists()
    assert made.run("export", "xlsx", "-o", tmp_path / "a.xlsx").exit_code == 3


@pytest.mark.parametrize("form", ["xlsx", "sqlite"])
def test_what_is_no_text_is_not_poured_into_a_terminal(made, monkeypatch, form):
    monkeypatch.setattr("depgraph.cli.common._on_terminal", lambda: True)
    result = made.run("export", form)
    assert (result.exit_code, result.stdout) == (2, "")


def test_an_export_of_a_study_without_evidence_has_every_file(make_study, run, tmp_path):
    root = make_study().folder / "empty"
    assert run("new", root).exit_code == 0
    result = run("--study", root, "export", "all", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_the_same_study_gives_the_same_bytes_in_every_format_on_another_day(made):
    code = (
        "import sys, time, hashlib, pathlib\n"
        "real, day = time.strftime, sys.argv[3]\n"
        "time.strftime = lambda form, *rest: day if form == '%Y-%m-%d' and not rest else real(form, *rest)\n"
        "from depgraph.cli.main import main\n"
        "main(['--study', sys.argv[1], 'export', 'all', '-o', sys.argv[2]], standalone_mode=False)\n"
        "for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):\n"
        "    print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())\n"
    )
    outputs = []
    for seed, day in (("1", "2001-01-01"), ("2", "2031-12-31")):
        whole = [sys.executable, "-c", code, str(made.root), str(made.folder / f"out{seed}"), day]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        outputs.append(subprocess.run(whole, capture_output=True, check=True, timeout=120, env=environment).stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"\n") == len(FILES)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_on_exports_names_every_format_and_no_other():
    text = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", text)) == set(command.FORMATS)


def test_the_help_names_every_format(run):
    text = " ".join(run("export", "--help").stdout.split())
    assert all(f" {form}" in text for form in command.FORMATS)
