"""Tamaño y carga diferida de las imágenes: la página no salta y pesa lo que se mira."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

_IMG = re.compile(r"<img\b[^>]*>")
_SRC = re.compile(r'\bsrc="(?:[^"]*/)?_images/([^"/]+)"')


def con_medidas(etiqueta: str, ancho: int, alto: int) -> str:
    """Devuelve una etiqueta ``<img>`` con sus medidas y carga diferida."""
    if " width=" in etiqueta or " style=" in etiqueta:
        return etiqueta.replace("<img", '<img loading="lazy"', 1)
    medidas = f'<img loading="lazy" width="{ancho}" height="{alto}"'
    return etiqueta.replace("<img", medidas, 1)


def _medir(app, pagina, plantilla, contexto, documento) -> None:
    if app.builder.format != "html" or not contexto.get("body"):
        return
    archivos = {nombre: ruta for ruta, nombre in app.builder.images.items()}

    def medir(hallado: re.Match[str]) -> str:
        etiqueta = hallado[0]
        fuente = _SRC.search(etiqueta)
        if not fuente or fuente[1] not in archivos or fuente[1].endswith(".svg"):
            return etiqueta
        with Image.open(Path(app.srcdir) / archivos[fuente[1]]) as imagen:
            return con_medidas(etiqueta, *imagen.size)

    contexto["body"] = _IMG.sub(medir, contexto["body"])


def setup(app: Sphinx) -> None:
    """Conecta la medición con la escritura de cada página."""
    app.connect("html-page-context", _medir)
