"""El único estilo de las figuras del libro: colores, letra, tamaños y rótulos.

La misma cosa lleva el mismo color en todas las páginas. Los colores se distinguen
también con daltonismo (por su claridad, cuando no por su tono), y un texto escrito con
cualquiera de ellos contrasta al menos 4.5:1 con el fondo: lo comprueban las pruebas.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

FONDO = "#ffffff"
"""Color de la tarjeta sobre la que se dibuja: opaco, también en modo oscuro."""

PALETA = ("#0a6ebd", "#c24a00", "#007d63", "#5a1a78", "#4d3b00")
"""Colores para series sin nombre propio, en el orden en que matplotlib los usa."""

_AZUL, _BERMELLON, _VERDE, _PURPURA, _PARDO = PALETA
COLORES: Mapping[str, str] = MappingProxyType(
    {
        "pytorch": _BERMELLON,
        "keras": _AZUL,
        "jax": _PURPURA,
        "entrenamiento": _AZUL,
        "validacion": _BERMELLON,
        "prueba": _VERDE,
        "clase0": _AZUL,
        "clase1": _BERMELLON,
        "acento": _PURPURA,
        "gris": "#646a73",
        "tinta": "#1f2328",
    }
)
"""Color de cada cosa, por su nombre."""


def aplicar() -> None:
    """Fija el estilo del libro en matplotlib.

    Parte de los valores de fábrica, de modo que la figura no depende de la
    configuración de la máquina ni de lo que se cambió antes; el motor gráfico no se
    toca. En un cuaderno, además, los PNG no llevan la versión de matplotlib.
    """
    import matplotlib.style

    matplotlib.style.use(["default", "gradiente.gradiente"])
    if "ipykernel" in sys.modules:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("png", metadata={"Software": None})


def rotular(
    ax: Any, x: float, y: float, texto: str, color: str | None = None, **opciones: Any
) -> Any:
    """Escribe un rótulo junto a lo que nombra, en vez de una leyenda aparte.

    Args:
        ax: los ejes de matplotlib.
        x: abscisa de lo que se nombra, en unidades de los datos.
        y: ordenada, en unidades de los datos.
        texto: lo que se lee.
        color: clave de ``COLORES`` o color de matplotlib; por omisión, tinta.
        **opciones: pasan a ``Axes.annotate`` (``ha``, ``va``, ``xytext``…).

    Returns:
        El ``Annotation`` de matplotlib, seis puntos a la derecha de ``(x, y)``.
    """
    de_fabrica = {
        "xytext": (6, 0),
        "textcoords": "offset points",
        "va": "center",
        "fontweight": "bold",
        "annotation_clip": False,
        "color": COLORES.get(color or "tinta", color),
    }
    return ax.annotate(texto, (x, y), **(de_fabrica | opciones))
