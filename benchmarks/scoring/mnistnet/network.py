"""The mnistnet classifier: a 145,000-parameter CNN for 32x32 grey digits whose pooled last layer is the feature vector.

Six 3x3 convolutions with batch norm, three of them with stride 2, then a global average pool to 128 features and one
linear layer to 10 logits. The exported graph takes float32 NHWC images in 0..255 and divides by 255 itself, so the
hash of the ONNX file covers everything between a pixel and a feature except padding or resizing to 32x32.
"""

from __future__ import annotations

from typing import Any

FEATURES = 128
CHANNELS_AND_STRIDES = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (FEATURES, 2))


def build_network(dropout: float = 0.2) -> Any:
    """A torch module: float32 (N, 1, 32, 32) in 0..1 -> (features (N, 128), logits (N, 10)).

    Dropout acts on the way from features to logits only, so the features themselves are never noisy.
    """
    import torch
    from torch import nn

    class MnistNet(nn.Module):  # type: ignore[misc]
        """Convolutions, pool, linear; see the module's docstring."""

        def __init__(self) -> None:
            super().__init__()
            layers: list[nn.Module] = []
            channels = 1
            for width, stride in CHANNELS_AND_STRIDES:
                layers += [nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            self.body = nn.Sequential(*layers)
            self.dropout = nn.Dropout(dropout)
            self.head = nn.Linear(channels, 10)

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.body(x).mean(dim=(2, 3))
            return features, self.head(self.dropout(features))

    return MnistNet()


def for_export(network: Any) -> Any:
    """`network` with the exported interface: float32 (N, 32, 32, 1) in 0..255 -> (features, logits), in eval mode."""
    from torch import Tensor, nn

    class Exported(nn.Module):  # type: ignore[misc]
        """Scales and reorders the pixels, then runs the network."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return self.network(images.permute(0, 3, 1, 2) / 255.0)

    return Exported().eval()
