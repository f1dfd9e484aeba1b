"""Ways to give a network the class: as planes beside an image, or as a dense map of an embedding."""

import torch
from torch import Tensor, nn

from torch_impl.networks.maps import to_maps


def join_planes(images: Tensor, labels: Tensor) -> Tensor:
    """(n, c, h, w) and class weights (n, k) -> (n, c + k, h, w): one constant plane a class, behind the image.

    Joined as NHWC, or the result would not lie in channels_last memory and every convolution would reorder it.
    """
    planes = labels[:, None, None, :].expand(-1, *images.shape[2:], -1)
    return torch.cat([images.permute(0, 2, 3, 1), planes], dim=3).permute(0, 3, 1, 2)


class LabelMap(nn.Module):
    """Class weights to a map: (n, classes) -> (n, channels, size, size), through an embedding.

    The embedding is a dense layer without bias on class weights, so that a blend of two classes is the blend of their
    vectors.
    """

    def __init__(self, classes: int, embedding_size: int, size: int, channels: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(classes, embedding_size, bias=False)
        self.dense = nn.Linear(embedding_size, size * size * channels)
        self.size = size

    def forward(self, labels: Tensor) -> Tensor:
        return to_maps(self.dense(self.embedding(labels)), self.size)
