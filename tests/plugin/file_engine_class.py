"""The class of the engine, in a module of its own: the plug-in file must not import a framework."""

from common.engine import Batch, DeviceReport
from torch_impl.engine import TorchEngine


class CountedEngine(TorchEngine):
    """Counts its iterations and says so in the record."""

    iterations = 0

    def train_iteration(self, batch: Batch) -> None:
        """As torch does."""
        self.iterations += 1
        super().train_iteration(batch)

    def device_report(self) -> DeviceReport:
        """With the count among the notes."""
        found = super().device_report()
        return DeviceReport(**{**vars(found), "notes": (f"{self.iterations} iterations",)})
