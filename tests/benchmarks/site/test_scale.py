"""Sites of large runs: pages grow with the cells and no faster; a browser opens, sorts and filters 1,000 quickly."""

from __future__ import annotations

import pytest

from benchmarks.results.run_folder import RunFolder
from benchmarks.site import build
from benchmarks.site.build import build_site
from benchmarks.site.models import TWINS_A_PAGE


def save(folder, make_record, widths, seeds=1, losses=None):
    """So many widths of a DCGAN on two engines; returns the run's folder."""
    records = []
    for engine, factor in (("torch", 1.0), ("keras-tf", 1.5)):
        made = make_record(engine, seconds=[2.0 * factor], scores={"fid": 12.5}, losses=losses or {})
        for number in range(widths):
            network = made.cell.model.network.model_copy(update={"width": 2 * number + 2})
            model = made.cell.model.model_copy(update={"network": network})
            for seed in range(seeds):
                cell = made.cell.model_copy(update={"model": model, "seed": seed})
                records.append(made.model_copy(update={"cell": cell, "id": cell.id}))
    run = RunFolder(folder)
    run.open([record.cell for record in records])
    for record in records:
        run.of(record.cell).save_record(record)
    return folder


def page_sizes(site):
    return {
        path.relative_to(site).as_posix(): path.stat().st_size
        for path in site.rglob("*.html")
        if path.parent.name != "documents"
    }


@pytest.mark.usefixtures("bare")
def test_tables_grow_with_the_configurations_and_no_faster(tmp_path, make_record):
    sizes = {}
    for widths in (50, 200):
        build_site([save(tmp_path / str(widths), make_record, widths)], tmp_path / f"site-{widths}")
        sizes[widths] = page_sizes(tmp_path / f"site-{widths}")
    for name, size in sizes[200].items():
        assert size < 4.4 * sizes[50].get(name, 100_000), name
    assert max(sizes[200].values()) < 400 * 2000  # bytes a cell: 1,000 cells stay below 2 MB


@pytest.mark.usefixtures("bare")
def test_many_seeds_of_a_model_are_spread_over_pages(tmp_path, make_record):
    """Plots and their data are what is heavy: no page has more than a dozen."""
    losses = {name: [0.5 + 0.001 * (i % 7) for i in range(600)] for name in ("discriminator", "generator")}
    sizes, seeds = {}, (TWINS_A_PAGE, 2 * TWINS_A_PAGE + 1)
    for count in seeds:
        build_site([save(tmp_path / str(count), make_record, 1, count, losses)], tmp_path / f"site-{count}")
        sizes[count] = page_sizes(tmp_path / f"site-{count}")
    few, many = (sizes[count] for count in seeds)
    assert set(many) - set(few) == {"models/dcgan/2.html", "models/dcgan/3.html"}
    assert max(many.values()) < 1.2 * max(few.values())
    last = (tmp_path / f"site-{seeds[1]}" / "models" / "dcgan" / "3.html").read_text()
    assert last.count('class="group"') == 1
    assert f"seed {seeds[1] - 1}: the same noise" in last


def test_a_thousand_cells_are_opened_sorted_and_filtered_quickly(
    tmp_path, make_record, browser, libraries, monkeypatch
):
    monkeypatch.setattr(build, "packages", lambda: (libraries, ""))
    build_site([save(tmp_path / "run", make_record, 500)], tmp_path / "site", export=False)
    page = browser.new_page()
    for name, table in (("index.html", "scores"), ("speed.html", "speed"), ("verdicts/torch_eager.html", "verdicts")):
        page.goto((tmp_path / "site" / name).as_uri())
        assert page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd") < 5000, name
        assert page.locator(f"#{table} tbody tr").count() == 100
        seconds = page.evaluate(
            """(id) => {
              const now = () => performance.now() / 1000;
              const timed = (act) => { const begin = now(); act(); return now() - begin; };
              const input = document.querySelector(`input[aria-controls=${id}]`);
              return [
                timed(() => document.querySelector(`#${id} th:nth-child(3) button`).click()),
                timed(() => { input.value = "width=42"; input.dispatchEvent(new Event("input", { bubbles: true })); }),
              ];
            }""",
            table,
        )
        assert max(seconds) < 2.0, name
        shown = page.locator(f"#{table} tbody tr").all_inner_texts()
        assert 0 < len(shown) < 100
        assert all("width=42" in text for text in shown)
