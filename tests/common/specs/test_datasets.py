"""The registry of data sets is consistent, and unknown names are helped."""

import pytest
from pydantic import ValidationError

from common.data.resize import check_image_size, parse_policy
from common.errors import BadInput
from common.metrics.judge import check_judge
from common.specs.dataset_spec import DatasetSpec
from common.specs.datasets import DATASETS, dataset_spec
from common.specs.judge import JudgeSpec


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_spec_is_complete(name):
    spec = dataset_spec(name)
    assert spec.name == name
    assert "train" in spec.splits
    assert check_image_size(spec.image_size) == spec.image_size
    assert str(parse_policy(spec.resize)) == spec.resize
    assert spec.title
    assert spec.licence
    assert spec.how_to_get
    assert len(set(spec.classes)) == len(spec.classes) == spec.n_classes


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_spec_names_an_extractor_and_metrics_that_exist(name):
    spec = dataset_spec(name)
    check_judge(JudgeSpec(metrics=spec.metrics, extractor=spec.extractor))
    assert spec.extractor == ("mnistnet" if name in ("mnist", "mnist-5k") else "efficientnet-lite0")


@pytest.mark.parametrize("reader", ["nonsense", "module:", ":function", "a b:c", "folder:PATH/x"])
def test_a_reader_is_one_of_ours_or_a_function(reader):
    fields = dataset_spec("toy-shapes").model_dump() | {"readers": (reader,)}
    with pytest.raises(ValidationError, match="nor package"):
        DatasetSpec(**fields)
    assert DatasetSpec(**fields | {"readers": ("package.module:function",)}).readers


def test_specs_are_immutable():
    with pytest.raises(ValidationError, match="frozen"):
        dataset_spec("mnist").image_size = 64


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(BadInput, match="did you mean 'mnist-5k'"):
        dataset_spec("mnist5k")
