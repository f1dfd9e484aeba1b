"""Exporting trained generators: ONNX files that draw without a framework, and their weights alone."""
