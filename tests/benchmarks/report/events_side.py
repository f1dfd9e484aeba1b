"""Reads an event file back: prints a JSON list of [step, wall time, tag, number or [width, height, hash of pixels]].

Usage: python events_side.py tensorflow|tensorboard FILE

The first reads every record and its checksums with TensorFlow, the second does what TensorBoard does.
"""

import hashlib
import io
import json
import sys

from PIL import Image


def picture(encoded):
    with Image.open(io.BytesIO(encoded)) as image:
        return [image.width, image.height, hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()]


def by_tensorflow(file):
    import tensorflow as tf

    events = list(tf.compat.v1.train.summary_iterator(file))
    assert events[0].file_version == "brain.Event:2"
    for event in events[1:]:
        for value in event.summary.value:
            shown = value.simple_value if value.HasField("simple_value") else picture(value.image.encoded_image_string)
            yield event.step, event.wall_time, value.tag, shown


def by_tensorboard(file):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(file, size_guidance={"scalars": 0, "images": 0})
    accumulator.Reload()
    for tag in accumulator.Tags()["scalars"]:
        yield from ((each.step, each.wall_time, tag, each.value) for each in accumulator.Scalars(tag))
    for tag in accumulator.Tags()["images"]:
        yield from (
            (each.step, each.wall_time, tag, picture(each.encoded_image_string)) for each in accumulator.Images(tag)
        )


print(json.dumps(list({"tensorflow": by_tensorflow, "tensorboard": by_tensorboard}[sys.argv[1]](sys.argv[2]))))
