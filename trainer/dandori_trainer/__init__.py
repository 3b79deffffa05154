"""Dandori's trainer: one request in, one ONNX model with its preprocessing inside out."""

__version__ = "0.1.0"
