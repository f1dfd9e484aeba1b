"""The rules of the house that no linter knows: short files, docstrings, sibling twins, lazy frameworks, clean words."""

import ast
import functools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("benchmarks", "common", "keras_impl", "torch_impl")
FRAMEWORKS = {"torch", "torchvision", "tensorflow", "tensorflow_datasets", "keras", "jax"}
TEXT = {".py", ".toml", ".md", ".yaml", ".sh", ".txt", ".html", ".json", ""}
CODE = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# what torch has and Keras does not need: the backend's own business lies in keras_impl/backends
TORCH_ONLY = {Path("device.py")}
# what Keras has and torch does not need: blocks of layers that are built when called, a model configured by a spec
KERAS_ONLY = {Path("networks/layers.py"), Path("networks/model.py")}
TWINS = sorted(path.relative_to(ROOT / "torch_impl") for path in (ROOT / "torch_impl").rglob("*.py"))
TWINS = [twin for twin in TWINS if twin not in TORCH_ONLY]


@functools.cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def public_names(path):
    """The classes and functions at the top level that other files may use, in their order."""
    kinds = ast.ClassDef | ast.FunctionDef
    return [node.name for node in tree(path).body if isinstance(node, kinds) and not node.name.startswith("_")]


def top_level_imports(path):
    """The packages that are imported as soon as the module is: not those inside of functions."""
    found, waiting = set(), list(tree(path).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return found


def house_files():
    """Every text file that belongs to the project: what git tracks or would, or all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for name in (*PACKAGES, "tests") for path in (ROOT / name).rglob("*")]
    return sorted(path for path in paths if path.is_file() and path.suffix in TEXT)


def test_no_file_is_long_and_most_are_short():
    too_long = {str(path.relative_to(ROOT)): lines(path) for path in CODE + TESTS if lines(path) > 400}
    assert not too_long
    assert statistics.median(lines(path) for path in CODE) < 150


def test_most_functions_are_short():
    lengths = sorted(node.end_lineno - node.lineno + 1 for path in CODE for node in functions(path))
    assert lengths[int(0.9 * len(lengths))] <= 40


def test_every_module_says_what_it_is():
    assert [str(path) for path in CODE if not ast.get_docstring(tree(path))] == []


@pytest.mark.parametrize("twin", TWINS, ids=str)
def test_twins_are_siblings(twin):
    """Same file names, and the names that both twins have stand in the same order, so that a diff explains them."""
    sibling = ROOT / "keras_impl" / twin
    assert sibling.exists(), f"torch_impl/{twin} has no sibling in keras_impl"
    ours, theirs = public_names(ROOT / "torch_impl" / twin), public_names(sibling)
    assert [name for name in theirs if name in ours] == [name for name in ours if name in theirs]
    if twin.parts[0] in ("networks", "objectives.py"):
        assert [name for name in ours if name not in theirs] == []


def test_keras_has_no_file_without_a_twin_but_backends():
    siblings = {path.relative_to(ROOT / "keras_impl") for path in (ROOT / "keras_impl").rglob("*.py")}
    assert {path for path in siblings if path.parts[0] != "backends"} == set(TWINS) | KERAS_ONLY


def test_benchmarks_imports_frameworks_lazily_if_at_all():
    """Only scripts of findings/ and perf/, each in a process of its own, may import one when they are imported."""
    house = ROOT / "benchmarks"
    scripts = (house / "findings", house / "findings" / "upstream", house / "perf")
    eager = {
        str(path.relative_to(ROOT)): found
        for path in CODE
        if path.is_relative_to(house) and path.parent not in scripts
        if (found := top_level_imports(path) & FRAMEWORKS)
    }
    assert eager == {}


def test_no_test_imports_a_framework():
    """Two frameworks in one process can crash it, so tests start a process for each."""
    collected = [path for path in TESTS if path.name.startswith(("test_", "conftest"))]
    assert {str(path): found for path in collected if (found := top_level_imports(path) & FRAMEWORKS)} == {}


def calls(path):
    """Every call in a file: its name as written, and its keyword arguments with constant values."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {each.arg: getattr(each.value, "value", None) for each in node.keywords}


def test_nothing_is_unpickled():
    """Neither by pickle and what stands on it, nor by the loaders of NumPy and torch."""
    banned = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    found = {}
    for path in CODE:
        nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        wrong = [name for name in names if name.partition(".")[0] in banned]
        for name, given in calls(path):
            wrong += [name] if name.endswith("torch.load") and given.get("weights_only") is not True else []
            wrong += [name] if given.get("allow_pickle", False) is not False else []
            wrong += [name] if name.endswith("read_pickle") or name in ("eval", "exec") else []
        if wrong:
            found[str(path.relative_to(ROOT))] = wrong
    assert found == {}


@pytest.mark.parametrize(
    "line", ["import pickle", "from joblib import load", "np.load(f, allow_pickle=True)", "torch.load(f)", "eval(text)"]
)
def test_a_line_that_unpickles_is_found(tmp_path, monkeypatch, line):
    (tmp_path / "module.py").write_text(line + "\n")
    monkeypatch.setitem(globals(), "CODE", [tmp_path / "module.py"])
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError, match=r"module\.py"):
        test_nothing_is_unpickled()


def test_import_contracts_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("benchmarks/results/rows.py", "import benchmarks.cli.main"),
        ("benchmarks/machine/locks.py", "import benchmarks.running.runner"),
        ("common/errors.py", "import torch"),
        ("benchmarks/shed/__init__.py", ""),
    ],
    ids=["a lower room", "a room between", "a framework in common", "a room without a place"],
)
def test_a_forbidden_import_breaks_a_contract(tmp_path, file, line):
    for name in (*PACKAGES, "pyproject.toml"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    with (tmp_path / file).open("a") as handle:
        handle.write(f"\n{line}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([linter, "--no-cache"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout


def test_no_unfinished_or_misplaced_words():
    """Nothing is left to do, no path of one machine, no host name of a package index: the pieces are joined here."""
    hosts = ("pypi" + ".org", "python" + "hosted", "download.pytorch" + ".org", "pypi.nvidia" + ".com")
    words = [
        r"\bTO" + r"DO\b",
        r"\bFIX" + r"ME\b",
        "raise NotImplemented" + "Error",
        r"(?<![\w.~])/wo" + r"rk/",
        r"/ro" + "ot/",
    ]
    pattern = re.compile("|".join([*words, *map(re.escape, hosts)]))
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in house_files()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_every_requirement_is_pinned_above_its_lower_bound():
    """`make` installs exactly one version of everything that pyproject.toml asks for."""
    version = pytest.importorskip("packaging.version").Version
    requirement = pytest.importorskip("packaging.requirements").Requirement
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    )
    pinned = {re.sub(r"[-_.]+", "-", name).lower(): version(pin) for name, pin in pins.items()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    for line in map(requirement, asked):
        assert line.specifier.contains(pinned[line.name.lower()]), f"{line} is pinned to {pinned[line.name.lower()]}"
