"""From the command line's options to the executor that trains a run's cells."""

from __future__ import annotations

from typing import Any

from benchmarks.cli.chosen import Chosen, MatrixOptions, choose, choose_elsewhere
from benchmarks.machine.environment import usable_cores
from benchmarks.matrix.file import load_matrix
from benchmarks.running.commands import RunOptions
from benchmarks.running.executor import Executor, LocalExecutor
from common.errors import BadInput

EXECUTORS = ("local", "ray")


def choose_executor(options: MatrixOptions) -> tuple[Chosen, RunOptions, Executor]:
    """What is to be trained, what holds for all of it, and where.

    Raises:
        BadInput: the matrix or an option cannot be used; there is no such executor, or no cluster.
    """
    if options.executor not in EXECUTORS:
        raise BadInput(f"--executor {options.executor}: use one of {', '.join(EXECUTORS)}.")
    if options.executor == "ray":
        return _on_ray(options)
    if options.address or options.needs:
        raise BadInput("--address and --needs are about a cluster: add --executor ray.")
    if options.jobs > 1 and not options.untimed:
        raise BadInput(
            f"--jobs {options.jobs} trains cells side by side, and times are honest only alone: add --untimed, which "
            "records none."
        )
    if options.processes > 1 and options.untimed:
        raise BadInput(f"--processes {options.processes} repeats cells for their times, and --untimed records none.")
    chosen = choose(options)
    width = len(chosen.devices) * options.jobs
    # of several at once each has its share of the cores
    threads = options.threads or (max(1, usable_cores() // width) if width > 1 else None)
    common = RunOptions(options.data_dir, options.cache_dir, threads, options.untimed)
    return chosen, common, LocalExecutor(common.worker, chosen.devices, options.jobs, timed=not options.untimed)


def _on_ray(options: MatrixOptions) -> tuple[Chosen, RunOptions, Executor]:
    if options.jobs > 1:
        raise BadInput(f"--jobs {options.jobs}: with Ray as many cells are trained at once as there is room for.")
    if options.prove:
        raise BadInput(
            "--prove is about the software of this machine, and those of a cluster may have another: climb beforehand, "
            f"with `ganbench parity {options.matrix}` on one of them."
        )
    from benchmarks.cluster.needs import parse_needs
    from benchmarks.cluster.ray_executor import RayExecutor, connect

    needs = parse_needs(options.needs)
    ray = connect(options.address)
    kind = _kind(options.device or load_matrix(options.matrix).device, ray)
    chosen = choose_elsewhere(options, kind)
    chosen.run.path.mkdir(parents=True, exist_ok=True)
    common = RunOptions(options.data_dir, options.cache_dir, options.threads, options.untimed)
    return chosen, common, RayExecutor(ray, chosen.run, common, kind, needs, options.share)


def _kind(wanted: str, ray: Any) -> str:
    """The kind of device, which Ray chooses one of."""
    if wanted not in ("auto", "cpu", "cuda"):
        raise BadInput(f"--device {wanted}: Ray chooses which device a cell gets; say auto, cpu or cuda.")
    if wanted == "auto":
        return "cuda" if ray.cluster_resources().get("GPU") else "cpu"
    return wanted
