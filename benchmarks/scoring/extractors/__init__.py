"""Converts published weights to the ONNX files of the judge: once, in an interpreter that has torch."""
