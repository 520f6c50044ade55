"""Un módulo del paquete: el marco se importa donde hace falta."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def unos() -> "torch.Tensor":
    """Unos."""
    import torch

    return torch.ones(1)
