"""Networks that turn images into features: ONNX files run by ONNX Runtime, so no framework judges its own samples."""
