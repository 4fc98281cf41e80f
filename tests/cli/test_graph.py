"""The graphs as files, on the command line."""

import io
import json

import networkx as nx
import pytest

from depgraph.interface import graphs

READ = {"gexf": nx.read_gexf, "graphml": nx.read_graphml}


def claims_of(content):
    return {edge["key"] for edge in json.loads(content)["edges"]}


def test_claims_are_node_link_json_on_standard_output(made):
    result = made.run("graph", "claims")
    assert result.exit_code == 0
    assert claims_of(result.stdout) == {"E-1", "E-2", "E-3", "E-4", "E-5"}
    assert made.run("graph", "claims", "-f", "json", "-o", "-").stdout == result.stdout


def test_dependencies_are_the_graph_of_the_export(made):
    assert made.run("graph", "dependencies").stdout == made.run("export", "nodelink").stdout
    for form in READ:
        assert made.run("graph", "dependencies", "-f", form).stdout == made.run("export", form).stdout


def test_the_bloc_decides_whose_losses_are_shown(made):
    for_all, for_one = (made.run("graph", "dependencies", *more).stdout for more in ([], ["--for", "JPN"]))
    assert json.loads(for_all)["graph"]["bloc"] == "QUAD"
    assert json.loads(for_one)["graph"]["bloc"] == "JPN"


@pytest.mark.parametrize("graph", graphs.GRAPHS)
@pytest.mark.parametrize("form", READ)
def test_the_suffix_of_the_file_says_the_format(made, tmp_path, graph, form):
    target = tmp_path / f"graph.{form}"
    assert made.run("graph", graph, "-o", target).exit_code == 0
    assert READ[form](io.BytesIO(target.read_bytes())).number_of_edges() > 0
    assert made.run("graph", graph, "-o", target.with_suffix(".json")).exit_code == 0
    assert claims_of(target.with_suffix(".json").read_text(encoding="utf-8"))


def test_a_suffix_of_no_format_is_refused_and_nothing_is_written(made, tmp_path):
    target = tmp_path / "graph.txt"
    result = made.run("graph", "claims", "-o", target)
    assert result.exit_code == 2
    assert "use .json, .graphml or .gexf" in result.stderr
    assert not target.exists()
    assert made.run("graph", "claims", "-f", "gexf", "-o", target).exit_code == 0


@pytest.mark.parametrize("form", graphs.FORMS)
def test_the_same_study_gives_the_same_bytes(made, form):
    first, second = (made.run("graph", "claims", "-f", form).stdout for _ in range(2))
    assert first == second
