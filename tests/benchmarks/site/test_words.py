"""Verdicts in words."""

import pytest

from benchmarks.site.words import sentences, tone


def row(model, verdict, quantity="epoch_time", engine="keras-tf graph"):
    return {
        "model": model, "dataset": "mnist-5k", "engine": engine, "against": "torch eager", "quantity": quantity,
        "form": "ratio", "main": True, "variant": "", "value": 1.0, "low": None, "high": None, "verdict": verdict,
        "replicate": "model" if model.startswith("all ") else "seed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "proven"),
    [
        ("faster", "below"),
        ("worse", "above"),
        ("equivalent within 5 %", "equal"),
        ("not decided (about 12 seeds would)", "open"),
        ("1 seed, no verdict", "open"),
    ],
)
def test_only_what_is_proven_has_a_colour(verdict, proven):
    assert tone(verdict) == proven


def test_models_with_one_verdict_are_told_together():
    rows = [
        row("dcgan", "slower"),
        row("wgan", "slower"),
        row("lsgan", "not decided (about 7 seeds would)"),
        row("all 3", "slower"),
    ]
    assert sentences(rows) == [
        "Time of an epoch, keras-tf graph against torch eager: slower on dcgan and wgan; not decided on lsgan; "
        "in the mean over all 3 models slower."
    ]


def test_all_models_are_not_listed():
    rows = [row(name, "2 seeds, no verdict") for name in ("a", "b", "c")]
    assert sentences(rows)[0].endswith("torch eager: no verdict (too few seeds) on all 3 models.")


def test_settings_of_one_model_are_counted():
    rows = [row("dcgan", "slower"), row("dcgan", "slower"), row("dcgan", "faster")]
    assert sentences(rows)[0].endswith("torch eager: slower on dcgan (2 settings); faster on dcgan.")


def test_scores_of_which_the_same_is_told_share_a_sentence():
    told = {
        "FID (mnistnet)": "worse",
        "Precision (mnistnet)": "worse",
        "Recall (mnistnet)": "better",
        "FID (net)": "worse",
    }
    rows = [row("dcgan", verdict, quantity) for quantity, verdict in told.items()]
    assert sentences(rows) == [
        "FID and Precision (mnistnet), keras-tf graph against torch eager: worse on dcgan.",
        "Recall (mnistnet), keras-tf graph against torch eager: better on dcgan.",
        "FID (net), keras-tf graph against torch eager: worse on dcgan.",
    ]


def test_every_quantity_and_engine_has_its_sentence():
    rows = [row("dcgan", "faster"), row("dcgan", "worse", "FID (mnistnet)"), row("dcgan", "slower", engine="torch")]
    assert [text.partition(":")[0] for text in sentences(rows)] == [
        "Time of an epoch, keras-tf graph against torch eager",
        "FID (mnistnet), keras-tf graph against torch eager",
        "Time of an epoch, torch against torch eager",
    ]
    assert sentences([]) == []
