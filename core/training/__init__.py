"""Making and measuring the retriever: training data, export, evaluation. Nothing else in the core imports it.

May import its vendors (torch, onnx), inside functions, since evaluation works without them.
"""
