"""An engine in one file: PyTorch as ganbench drives it, under a name of its own, with a count of its iterations."""

from common.specs.engines import EngineSpec

ENGINES = (
    EngineSpec(
        name="torch-counted",
        implementation="torch",
        engine="file_engine_class:CountedEngine",
        probe="torch_impl.probe",
        executions=("eager",),
        packages=("torch",),
        extra="torch",
    ),
)
