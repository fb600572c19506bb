"""Export a sentence-transformers model to int8 ONNX, in the layout that fastembed reads, with its card.

Needs `requirements-models.txt` (torch, sentence-transformers, onnx, onnxruntime).
"""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.catalog.documents import MAX_TOKENS
from core.errors import EncoderUnavailable
from core.training.files import writing

__all__ = ["ExportReport", "export_encoder"]

# What names a place on the machine that a model was made on.
_PLACES = frozenset({"name_or_path", "_name_or_path"})
PROBES = (
    "dark comedies with moral ambiguity from the 90s",
    "a slow, rainy detective story in which nobody is clean",
    "something warm about food and family",
    "space survival with one astronaut left behind",
    "Serial killer investigation in a provincial town, based on true events, 1980s Korea.",
)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote and how far quantisation moved its vectors."""

    folder: Path
    """Folder that fastembed can load."""
    megabytes: float
    """Size of the ONNX file in 10^6 bytes."""
    dimensions: int
    """Length of one vector."""
    layers: int
    cosine_to_source: float
    """Lowest cosine between the int8 and the original vectors of the probe sentences."""
    weights_sha256: str
    """SHA-256 of the original `model.safetensors`, hexadecimal."""


def export_encoder(
    source: Path,
    target: Path,
    *,
    max_tokens: int = MAX_TOKENS,
    dimensions: int | None = None,
    exact_layers: Sequence[int] = (),
) -> ExportReport:
    """Write `source` to `target` as int8 ONNX.

    Args:
        source: A local sentence-transformers folder with mean pooling.
        target: A folder, made when it is not there.
        max_tokens: What is read of a text.
        dimensions: How many of a vector's numbers are kept, the first ones; all by default.
        exact_layers: Layers, counted from 0, whose second feed-forward matrix stays in 32 bits. What comes
            into it may span far too much for 8 bits in one layer (Bondarenko et al. 2021, arXiv:2109.12948).

    Raises:
        EncoderUnavailable: `source` has no weights, or not so many dimensions, or the model packages are not
            installed.
        DiskFull, CatalogueError: `target` cannot be written.
    """
    weights = source / "model.safetensors"
    if not weights.is_file():
        raise EncoderUnavailable(f"{weights} is missing; point --source at a downloaded model folder")
    try:
        import onnx
        import torch
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.transformers.optimizer import optimize_model
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderUnavailable(
            f"exporting needs {error.name}: pip install -r requirements-models.txt"
        ) from error

    # Only the plain form of attention is recognised, and fused, by the optimizer below.
    plain = {"attn_implementation": "eager"}
    sentence_model = SentenceTransformer(str(source), device="cpu", model_kwargs=plain)
    first_module: Any = sentence_model[0]
    transformer = first_module.auto_model.eval()
    tokenizer = sentence_model.tokenizer
    config = transformer.config
    if dimensions is not None and not 0 < dimensions <= config.hidden_size:
        raise EncoderUnavailable(
            f"{source} has {config.hidden_size} dimensions, so --dimensions cannot be more"
        )
    kept = dimensions or int(config.hidden_size)
    with writing(target, "the export is not complete"), tempfile.TemporaryDirectory() as scratch:
        target.mkdir(parents=True, exist_ok=True)
        full = Path(scratch) / "model.onnx"
        _export_onnx(torch, transformer, tokenizer, full, kept)
        fused = optimize_model(str(full), "bert", config.num_attention_heads, config.hidden_size, opt_level=1)
        fused.save_model_to_file(str(full))
        quantize_dynamic(
            str(full),
            str(target / "model.onnx"),
            weight_type=QuantType.QInt8,
            per_channel=True,
            nodes_to_exclude=_matrices(onnx.load(str(full)), exact_layers),
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        _write_tokenizer(source, target, max_tokens)
        _rewrite(source / "config.json", target, {"sentence_dimensions": kept})
        _rewrite(source / "tokenizer_config.json", target, {"model_max_length": max_tokens})
    reference = sentence_model.encode(list(PROBES), normalize_embeddings=True, truncate_dim=kept)
    return ExportReport(
        folder=target,
        megabytes=round((target / "model.onnx").stat().st_size / 1e6, 1),
        dimensions=kept,
        layers=int(config.num_hidden_layers),
        cosine_to_source=float(np.min(np.sum(reference * _encode(target, tokenizer), axis=1))),
        weights_sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
    )


def _write_tokenizer(source: Path, target: Path, max_tokens: int) -> None:
    """Without the padding that some models bring: to a fixed length, so that a short query costs what a long
    text does. fastembed pads to the longest text of a batch where nothing is said.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    tokenizer.save(str(target / "tokenizer.json"))


def _export_onnx(torch: Any, transformer: Any, tokenizer: Any, path: Path, dimensions: int) -> None:
    class LastHiddenState(torch.nn.Module):  # type: ignore[misc]  # torch is typed as Any here
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.transformer(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state[:, :, :dimensions]

    names = ("input_ids", "attention_mask", "token_type_ids")
    example = tokenizer(list(PROBES[:2]), padding=True, return_tensors="pt")
    axes = {name: {0: "batch", 1: "tokens"} for name in (*names, "last_hidden_state")}
    with torch.no_grad():
        torch.onnx.export(
            LastHiddenState(),
            tuple(example[name] for name in names),
            str(path),
            input_names=list(names),
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def _matrices(model: Any, layers: Sequence[int]) -> list[str]:
    """Names of the nodes that multiply by the second feed-forward matrix of these layers."""
    ends = tuple(f"layer.{layer}/output/dense/MatMul" for layer in layers)
    return [node.name for node in model.graph.node if layers and node.name.endswith(ends)]


def _rewrite(source: Path, target: Path, values: dict[str, Any]) -> None:
    """A settings file with other values, and without the name that it had on the machine it was made on."""
    config = {
        key: value for key, value in json.loads(source.read_text("utf-8")).items() if key not in _PLACES
    }
    (target / source.name).write_text(json.dumps(config | values, indent=2) + "\n", "utf-8")


def _encode(folder: Path, tokenizer: Any) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    batch = tokenizer(list(PROBES), padding=True, return_tensors="np")
    inputs = {item.name: batch[item.name].astype(np.int64) for item in session.get_inputs()}
    hidden = session.run(None, inputs)[0]
    mask = batch["attention_mask"][:, :, None]
    pooled = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
    return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
