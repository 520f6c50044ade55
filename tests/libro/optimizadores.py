"""Lo que comparten las pruebas de las páginas de optimizadores."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

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
