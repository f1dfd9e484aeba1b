"""Normalisation layers, by the name a spec gives them."""

from torch import nn


def batch_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """Batch normalisation (Ioffe & Szegedy 2015); torch's momentum is the share of the new batch."""
    return nn.BatchNorm2d(channels, eps=epsilon, momentum=1.0 - momentum)


def group_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """Group normalisation with one group (Wu & He 2018): each sample over height, width and channels."""
    return nn.GroupNorm(1, channels, eps=epsilon)


def no_norm(channels: int, momentum: float, epsilon: float) -> nn.Module:
    """The identity."""
    return nn.Identity()


# spectral normalisation is of kernels, not of maps: see spectral.py
NORMS = {"batch": batch_norm, "group": group_norm, "spectral": no_norm, "none": no_norm}
