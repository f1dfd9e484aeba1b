"""Documents, network files side by side, and figures."""

import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from benchmarks.site.documents import documents, inline
from benchmarks.site.forest import Ratio, forest_plot
from benchmarks.site.sources import twin_lines
from benchmarks.site.speed import forest
from common.specs.models import MODELS

ROOT = Path(__file__).parents[3]


def test_links_between_documents_are_kept_and_others_become_text():
    known = {document.name: document for document in documents()}
    assert {"methodology", "models", "metrics", "data", "parity", "changelog"} <= set(known)
    names = {f"{name}.html" for name in known}
    links = [link for each in known.values() for link in re.findall(r'href="([^"]*)"', each.html)]
    assert links
    assert [link for link in links if "://" not in link and link.partition("#")[0] not in names] == []


def test_documents_are_text_not_programs():
    assert inline("<script>x</script> `a` **b**") == "&lt;script&gt;x&lt;/script&gt; <code>a</code> <strong>b</strong>"


@pytest.mark.parametrize("model", ["dcgan", "stylegan"])
def test_both_files_are_whole_and_equal_lines_stand_beside_each_other(model):
    spec = MODELS[model].network
    names, lines = twin_lines(spec)
    assert names == (f"torch_impl.networks.{spec.family}", f"keras_impl.networks.{spec.family}")
    for side, name in zip(("left", "right"), names, strict=True):
        text = "\n".join(getattr(line, side) for line in lines if getattr(line, side) is not None)
        module = name.replace(".", "/") + ".py"
        assert text == (ROOT / module).read_text(encoding="utf-8").rstrip("\n")
    assert all(line.left == line.right for line in lines if line.same)
    assert 0.2 < sum(line.same for line in lines) / len(lines) < 1.0


def test_showing_the_files_imports_no_framework():
    code = (
        "import sys; from benchmarks.site.sources import twin_lines; from common.specs.models import MODELS;"
        "twin_lines(MODELS['dcgan'].network); assert not {'torch', 'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


RATIOS = [
    Ratio("a", 0.5, 0.45, 0.55, "faster"),
    Ratio("b", 2.0, 1.8, 2.2, "slower"),
    Ratio("c", 1.0, None, None, "1 seed, no verdict"),
]


def test_a_figure_is_the_same_whatever_the_user_prefers():
    plain = forest_plot("forest", RATIOS, 0.05, "torch eager")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "svg.hashsalt": None}):
        assert forest_plot("forest", RATIOS, 0.05, "torch eager") == plain
    assert plain.startswith("<svg")
    assert 'role="img"' in plain
    assert "a: 0.5, faster; b: 2, slower; c: 1, 1 seed, no verdict" in plain


def test_only_what_is_proven_is_coloured():
    coloured = forest_plot("forest", RATIOS, 0.05, "torch eager")
    assert "#0072b2" in coloured.lower()
    assert "#d55e00" in coloured.lower()
    white = forest_plot("forest", RATIOS[2:], 0.05, "torch eager").lower()
    assert "#0072b2" not in white
    assert "#d55e00" not in white


def test_ids_of_two_figures_on_a_page_differ():
    ids = [
        set(re.findall(r' id="(p[0-9a-f]{10}|m[0-9a-f]{10})"', forest_plot(name, RATIOS, 0.05, "x"))) for name in "ab"
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_plot_has_no_more_ratios_than_one_can_read_the_means_among_them():
    row = {"quantity": "epoch_time", "engine": "keras", "against": "torch", "variant": "", "low": None, "high": None}
    row |= {"value": 1.5, "verdict": "slower", "margin": 0.05}
    many = [row | {"model": f"model-{n:03}", "dataset": "digits"} for n in range(100)]
    made = forest([*many, row | {"model": "all 100", "dataset": "all", "replicate": "model"}])
    assert made.svg.count(", slower") == 40
    assert "all 100 models, keras: 1.5" in made.svg
    assert made.evidence.endswith("40 of 101 ratios; the table has all.")


def test_no_ratios_no_figure():
    assert forest_plot("forest", [], 0.05, "torch eager") == ""
