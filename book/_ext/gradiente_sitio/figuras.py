"""Los guiones de las figuras interactivas, sacados de ``gradiente.figuras``.

Van como guiones clásicos y no como módulos, porque un navegador se niega a cargar
módulos desde ``file://`` y el libro se tiene que poder leer desde una memoria USB.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

CARPETA = "figuras"
MARCA = "gradiente-figura"


def tiene_figuras(documento: nodes.document | None) -> bool:
    """Dice si una página contiene alguna figura interactiva."""
    return documento is not None and any(
        MARCA in nodo.astext() for nodo in documento.findall(nodes.raw)
    )


def escribir(app: Sphinx, excepcion: Exception | None) -> None:
    """Escribe un guion por figura y la hoja de estilo común en ``_static/figuras``."""
    if excepcion or app.builder.format != "html":
        return
    from gradiente import figuras

    destino = Path(app.outdir) / "_static" / CARPETA
    destino.mkdir(parents=True, exist_ok=True)
    for nombre in figuras.nombres():
        guion = figuras.script_clasico(nombre)
        (destino / f"{nombre}.js").write_text(guion, encoding="utf-8")
    (destino / "figuras.css").write_text(figuras.css(), encoding="utf-8")


def _recursos(app, pagina, plantilla, contexto, documento) -> None:
    if app.builder.format == "html" and tiene_figuras(documento):
        app.add_css_file(f"{CARPETA}/figuras.css")
        app.add_js_file("montar-figuras.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Conecta la escritura de los guiones y su carga en las páginas que los usan."""
    app.connect("html-page-context", _recursos)
    app.connect("build-finished", escribir)
