"""One model from several that were trained alike: the mean of their weights, a soup (arXiv:2203.05482).

Needs `requirements-models.txt`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import EncoderUnavailable, first_line
from core.training.files import writing
from core.training.recipe import Lineage

__all__ = ["average_models", "mean_of"]

WEIGHTS = "model.safetensors"


def average_models(sources: Sequence[Path], target: Path) -> None:
    """Write the mean of some models to `target`, with the trainings of all of them.

    Args:
        sources: Folders that `train fit` wrote; two at least, from one base.
        target: A folder, made when it is not there.

    Raises:
        EncoderUnavailable: one cannot be loaded, or they are not of one shape.
        DiskFull, CatalogueError: `target` cannot be written, or the files beside a model are damaged.
    """
    try:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(sources[0]), device="cpu")
        model[0].auto_model.load_state_dict(mean_of(sources))
    except ImportError as error:
        raise EncoderUnavailable(
            f"averaging needs {error.name}: pip install -r requirements-models.txt"
        ) from error
    except Exception as error:  # transformers, safetensors, torch and the file system all raise here
        raise EncoderUnavailable(
            f"the models have no mean; are they folders of `train fit`, from one base? ({first_line(error)})"
        ) from error
    lineage = Lineage.mean(Lineage.read(source) for source in sources)
    with writing(target, "the models themselves are untouched"):
        model.save_pretrained(str(target), create_model_card=False)
    lineage.write(target)


def mean_of(folders: Sequence[Path]) -> dict[str, Any]:
    """The mean of each weight, by its name."""
    from safetensors.torch import load_file

    loaded = [load_file(str(folder / WEIGHTS)) for folder in folders]
    return {name: sum(weights[name] for weights in loaded) / len(loaded) for name in loaded[0]}
