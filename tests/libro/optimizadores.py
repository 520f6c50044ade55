"""Lo que comparten las pruebas de optimizadores y de redes pequeñas."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

if TYPE_CHECKING:
    import torch

PASOS = 10


@st.composite
def gradientes_al_azar(draw, menor: float = -7) -> np.ndarray:
    """De tamaños muy distintos, de 10^menor a 100, y con ceros; forma (PASOS, 3)."""
    mantisas = draw(arrays(float, (PASOS, 3), elements=st.floats(-1, 1)))
    escalas = draw(arrays(float, 3, elements=st.floats(menor, 2)))
    g = np.where(np.abs(mantisas) > 0.05, mantisas, 0) * 10**escalas
    return g.astype("float32").astype(float)  # los mismos números en los marcos


def fabrica(funcion: Callable) -> dict[str, Any]:
    """Los valores por defecto con que sale de fábrica un optimizador."""
    firma = inspect.signature(funcion).parameters
    return {nombre: v.default for nombre, v in firma.items()}


def poner_pesos(red: torch.nn.Module, valores: Iterable[np.ndarray]) -> None:
    """Copia los valores en los parámetros de la red, en su orden y con su forma."""
    import torch

    with torch.no_grad():
        for parametro, valor in zip(red.parameters(), valores, strict=True):
            assert parametro.shape == valor.shape
            parametro.copy_(torch.tensor(valor))


def entrenar_en_torch(
    red: torch.nn.Module,
    X: np.ndarray,
    y: np.ndarray,
    tasa: float,
    inercia: float,
    pasos: int = 15,
) -> None:
    """SGD con momentum de PyTorch y entropía cruzada, con todos los ejemplos.

    Args:
        red: la que se entrena, en su sitio; lo que no pide gradiente no cambia.
        X: forma (N, d).
        y: forma (N,), clases enteras.
    """
    import torch

    libres = [q for q in red.parameters() if q.requires_grad]
    optimizador = torch.optim.SGD(libres, lr=tasa, momentum=inercia)
    for _ in range(pasos):
        optimizador.zero_grad()
        torch.nn.functional.cross_entropy(
            red(torch.tensor(X)), torch.tensor(y)
        ).backward()
        optimizador.step()
