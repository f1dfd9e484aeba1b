"""Real images: sources, one uint8 cache per data set and size, and the feed of batches."""

from common.data.batches import Prefetcher, gather
from common.data.loading import Dataset, load_dataset

__all__ = ["Dataset", "Prefetcher", "gather", "load_dataset"]
