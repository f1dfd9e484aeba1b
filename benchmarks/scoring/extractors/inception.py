"""The 2015 Inception network of the original FID, through torch-fidelity's module, for conversion to ONNX only.

torch-fidelity ports the TensorFlow graph with its quirks (average pools that do not count padding, a max pool in the
last block). Input: RGB already resized to 299x299 in 0..255, normalised by the network to (x - 128) / 128. Outputs:
the 2048 pooled features, and the 1008 logits without their bias, which the published Inception Scores use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIZE = 299


def build(weights: Path) -> Any:
    """A torch module in eval mode: float32 (N, 299, 299, 3) in 0..255 -> (features (N, 2048), logits (N, 1008)).

    Raises:
        ImportError: torch-fidelity is not installed.
    """
    from torch_fidelity.feature_extractor_inceptionv3 import (  # type: ignore
        FeatureExtractorInceptionV3,
    )

    return wrap(FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(weights)))


def wrap(reference: Any) -> Any:
    """torch-fidelity's `FeatureExtractorInceptionV3`, without its resizing, with the judge's inputs and outputs."""
    import torch
    from torch import nn

    class Inception(nn.Module):  # type: ignore[misc]
        """torch-fidelity's layers in the order of its own forward pass."""

        def __init__(self) -> None:
            super().__init__()
            self.net = reference

        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            net = self.net
            x = (images.permute(0, 3, 1, 2) - 128.0) / 128.0
            x = net.Conv2d_2b_3x3(net.Conv2d_2a_3x3(net.Conv2d_1a_3x3(x)))
            x = net.Conv2d_4a_3x3(net.Conv2d_3b_1x1(net.MaxPool_1(x)))
            x = net.Mixed_5d(net.Mixed_5c(net.Mixed_5b(net.MaxPool_2(x))))
            x = net.Mixed_6e(net.Mixed_6d(net.Mixed_6c(net.Mixed_6b(net.Mixed_6a(x)))))
            x = net.Mixed_7c(net.Mixed_7b(net.Mixed_7a(x)))
            features = x.mean(dim=(2, 3))
            return features, features @ net.fc.weight.T

    return Inception().eval()
