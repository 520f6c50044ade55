"""El sitio de «Gradiente»: lo que Sphinx y su tema no hacen por sí solos.

Cada módulo añade una cosa y se puede leer aparte:

- ``marcos``: pestañas de PyTorch, Keras y JAX, y la línea de acuerdo.
- ``cifras``: números y palabras con guion que no se parten de renglón.
- ``citas``: citas y bibliografía con sus palabras de enlace en español.
- ``ficha``: objetivos, tiempo y requisitos de la sección.
- ``formulas``: matemáticas escritas con KaTeX durante la construcción.
- ``plegables``: avisos que se abren y se cierran sin JavaScript.
- ``figuras``: los guiones de las figuras interactivas.
- ``cuadernos``: el menú «Colab y descarga» y la directiva ``{lab}``.
- ``numeros``: ecuaciones y ejercicios numerados desde uno en cada página.
- ``imagenes``: medidas y carga diferida de las imágenes.
- ``tema``: quita de las páginas lo que el libro no usa.
- ``estilos``: quita de las hojas de estilo lo que ninguna página usa.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from . import (
    cifras,
    citas,
    cuadernos,
    estilos,
    ficha,
    figuras,
    formulas,
    imagenes,
    marcos,
    numeros,
    plegables,
    tema,
)

MODULOS = (
    *(citas, ficha, marcos, formulas, numeros, cifras, plegables, figuras),
    *(imagenes, cuadernos, tema, estilos),
)


def huella() -> int:
    """Número que cambia con este código: si cambia, se rehacen todas las páginas."""
    fuentes = sorted(Path(__file__).parent.glob("*.py"))
    return zlib.crc32(b"".join(fuente.read_bytes() for fuente in fuentes))


def setup(app: Sphinx) -> dict[str, Any]:
    """Conecta los módulos con Sphinx."""
    for modulo in MODULOS:
        modulo.setup(app)
    return {
        "version": "1",
        "env_version": huella(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
