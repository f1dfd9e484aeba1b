"""ganbench's own metrics as the judge calls them: from two image sets and the settings to numbers with a protocol."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from common.metrics import conditional, fid, inception_score, kid, manifold, memorisation
from common.metrics import density_coverage as dc
from common.metrics import fid_infinity as infinity
from common.metrics import precision_recall as pr
from common.metrics.evidence import ImageSet
from common.metrics.metric import Measured, Settings
from common.specs.base import Spec

Numbers = Mapping[str, Measured]


class Neighbours(Spec):
    """`k`: which nearest neighbour a ball reaches to."""

    k: int


class Splits(Spec):
    """`splits` of the Inception Score, and the `seed` of the shuffle before, if there are several."""

    splits: int
    seed: int | None


class Subsets(Spec):
    """How many `subsets` of `subset_size` rows were drawn with which `seed`."""

    subsets: int
    subset_size: int
    seed: int


class Draws(Spec):
    """`seed` of the random subsets."""

    seed: int


def frechet(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """FID with its two terms, and whether a covariance is rank-deficient."""
    distance = fid.fid(generated.gaussian, real.gaussian)
    terms = {"mean_term": distance.mean_term, "covariance_term": distance.covariance_term}
    return {"fid": Measured(distance.value, extra={**terms, "rank_deficient": distance.rank_deficient})}


def frechet_infinity(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """FID-infinity with its line and points."""
    result = infinity.fid_infinity(generated.features, real.gaussian, seed=settings.seed)
    points = {"counts": list(result.counts), "distances": list(result.distances)}
    fit = {"slope": result.slope, "r_squared": result.r_squared, "rank_deficient": result.rank_deficient}
    return {"fid_infinity": Measured(result.value, Draws(seed=settings.seed), {**fit, **points})}


def inception(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Inception Score with its deviation over the splits."""
    result = inception_score.inception_score(generated.logits, seed=settings.seed)
    protocol = Splits(splits=result.splits, seed=settings.seed if result.splits > 1 else None)
    return {"inception_score": Measured(result.value, protocol, {"std": result.std})}


def kernel_distance(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """KID with its deviation over the subsets."""
    result = kid.kid(generated.features, real.features, seed=settings.seed)
    protocol = Subsets(subsets=result.subsets, subset_size=result.subset_size, seed=settings.seed)
    return {"kid": Measured(result.value, protocol, {"std": result.std})}


def manifolds(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Precision, recall, density and coverage."""
    own, theirs = settings.k or pr.K, settings.k or dc.K
    result = manifold.manifold_scores(real.features, generated.features, own, theirs)
    k = {"precision": own, "recall": own, "density": theirs, "coverage": theirs}
    return {name: Measured(value, Neighbours(k=k[name])) for name, value in result._asdict().items()}


def label_agreement(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Share of samples that are seen as the class they were made for."""
    result = conditional.label_agreement(generated.logits, _labels(generated))
    return {"label_agreement": Measured(result.value, extra=_classes(result))}


def intra_class(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """FID class by class."""
    result = conditional.intra_class_fid(generated.features, _labels(generated), real.features, _labels(real))
    return {"intra_class_fid": Measured(result.value, extra=_classes(result))}


def class_manifolds(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Precision and recall class by class."""
    k = settings.k or pr.K
    both = conditional.intra_class_precision_recall(
        generated.features, _labels(generated), real.features, _labels(real), k
    )
    names = ("class_precision", "class_recall")
    return {
        name: Measured(result.value, Neighbours(k=k), _classes(result))
        for name, result in zip(names, both, strict=True)
    }


def distinct(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Number of samples that differ."""
    return {"distinct": Measured(float(memorisation.distinct(generated.images)))}


def nearest_training(generated: ImageSet, real: ImageSet, settings: Settings) -> Numbers:
    """Distance to the nearest real image, relative to that among real images."""
    result = memorisation.nearest_training(generated.features, real.features)
    extra = {"copies": result.copies, "smallest_distance": float(result.distance.min())}
    return {"nearest_training": Measured(result.value, extra=extra)}


def _classes(result: conditional.PerClass) -> dict[str, dict[str, float]]:
    return {"classes": {str(label): value for label, value in result.classes.items()}}


def _labels(images: ImageSet) -> NDArray[np.int64]:
    assert images.labels is not None  # the catalogue says that the metric needs them
    return images.labels
