"""Making and measuring the retriever: export and evaluation. Nothing else in the core imports it.

May import its vendors (torch, onnx), inside functions, since evaluation works without them.
"""
