"""A cluster of a head that computes nothing and two machines of one core, all of them this one: `ray_side.py PIDS`.

Each machine has a cache of its own beside PIDS, node-1, node-2 and so on, with nothing in it. Says the cluster's
address; then, for each line on its standard input, ends a machine that trains by SIGKILL, writes the process ids of the
workers that are left to the file PIDS, and lets another machine take its place.
"""

from __future__ import annotations

import itertools
import sys
from contextlib import suppress
from pathlib import Path

import psutil
from ray.cluster_utils import Cluster

STORE = 100 * 2**20


def working(node) -> list[int]:
    """The process ids of the workers that the node's processes have started."""
    found = []
    with suppress(psutil.NoSuchProcess):
        raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
        for each in raylet.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if "benchmarks.running.worker" in each.cmdline():
                    found.append(each.pid)
    return found


def main() -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": STORE})
    numbers = itertools.count(1)

    def add() -> object:
        variables = {"GANBENCH_CACHE": str(Path(sys.argv[1]).with_name(f"node-{next(numbers)}"))}
        return cluster.add_node(num_cpus=1, object_store_memory=STORE, env_vars=variables)

    nodes = [add(), add()]
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    for _ in sys.stdin:
        victim = next((node for node in nodes if working(node)), None)
        if victim is not None:
            Path(sys.argv[1]).write_text(" ".join(map(str, working(victim))))
            cluster.remove_node(victim, allow_graceful=False)
            nodes.remove(victim)
            nodes.append(add())
        print("nobody works" if victim is None else "killed", flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
