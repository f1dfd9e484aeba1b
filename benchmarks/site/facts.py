"""Where numbers come from: data sets with their floors, machines and software."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report.gathered import Gathered
from benchmarks.report.table import number
from benchmarks.results.records import Record
from benchmarks.site.tables import SiteTable, Value, value


def data_tables(records: Sequence[Record]) -> list[SiteTable]:
    """The images that were trained on, and what real images score in place of samples."""
    used = {
        (data.name, data.split, data.images, data.variant or "as published", data.sha256[:12])
        for record in records
        if (data := record.data) is not None
    }
    headers = ("data set", "split", "images", "pixels", "sha256")
    images = SiteTable(
        "images", "Images that were trained on", headers, [list(map(value, row)) for row in sorted(used)]
    )
    floors: dict[tuple[str, ...], Value] = {}
    for record in records:
        for score in record.metrics.values():
            if score.floor is not None:
                spread = score.floor_spread
                told = "-" if spread is None else f"{number(spread.deviation)} over {spread.sets} sets"
                samples = str(score.protocol.get("samples", "-"))
                floors[record.cell.dataset, score.display_name, samples, number(score.floor), told] = value(score.floor)
    rows = [[Value(a), Value(b), Value(c), floor, Value(e)] for (a, b, c, _, e), floor in sorted(floors.items())]
    caption = "Floors: what held-out real images score under the same protocol"
    return [images, SiteTable("floors", caption, ("data set", "score", "images", "floor", "its spread"), rows)]


def environment_tables(gathered: Gathered) -> list[SiteTable]:
    """Machines, and versions of all software, that anything was measured with."""
    machines, versions = set(), set()
    for record in gathered.records:
        if record.training is not None:
            hardware = record.training.hardware
            memory = f"{hardware.memory_bytes / 2**30:.0f} GB"
            machines.add((hardware.processor, hardware.cores, memory, hardware.device, hardware.threads))
    for race in gathered.races:
        host = race.host
        devices = {(start.device, start.threads) for start in race.starts}
        machines |= {(host.processor, host.cores, f"{host.memory_bytes / 2**30:.0f} GB", *each) for each in devices}
    for environment in [
        *(each.environment for each in gathered.records),
        *(each.environment for each in gathered.races),
    ]:
        versions |= {(name, version) for name, version in environment.versions.items()}
        versions |= {("Python", environment.python), ("system", environment.platform)}
        versions |= {(f"plug-in {name}", version) for name, version in environment.plugins.items()}
        if environment.git_commit:
            changed = " with local changes" if environment.git_dirty else ""
            versions.add(("commit", environment.git_commit + changed))
    return [
        SiteTable("machines", "Machines", ("processor", "cores", "memory", "device", "threads"),
                  [list(map(value, row)) for row in sorted(machines)]),
        SiteTable("software", "Software", ("name", "version"), [list(map(value, row)) for row in sorted(versions)]),
    ]  # fmt: skip
