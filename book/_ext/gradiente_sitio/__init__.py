"""El sitio de «Gradiente»: lo que Sphinx y su tema no hacen por sí solos.

Cada módulo añade una cosa y se puede leer aparte:

- ``marcos``: pestañas de PyTorch, Keras y JAX, y la línea de acuerdo.
- ``formulas``: matemáticas escritas con KaTeX durante la construcción.
- ``plegables``: avisos que se abren y se cierran sin JavaScript.
- ``figuras``: los guiones de las figuras interactivas.
- ``cuadernos``: el menú «Colab y descarga» y la directiva ``{lab}``.
- ``imagenes``: medidas y carga diferida de las imágenes.
- ``tema``: adelgaza el tema y traduce lo que deja en inglés.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from . import cuadernos, figuras, formulas, imagenes, marcos, plegables, tema


def setup(app: Sphinx) -> dict[str, Any]:
    """Conecta los módulos con Sphinx."""
    modulos = (marcos, formulas, plegables, figuras, imagenes, cuadernos, tema)
    for modulo in modulos:
        modulo.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
