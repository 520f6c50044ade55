"""Adelgaza el tema y quita de las páginas lo que el libro no usa."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

from docutils import nodes
from sphinx.application import Sphinx

SOBRANTE = (
    "_static/scripts/fontawesome.js",
    "_static/scripts/fontawesome.js.LICENSE.txt",
    "_static/vendor/fontawesome",
    "_static/images",
    "_static/locales",
)
# Lo que docutils y MyST escriben y un lector de pantalla no entiende.
ARREGLOS = {
    'role="doc-biblioentry"': 'role="listitem"',  # ese papel ARIA ya no existe
    '<th class="head"></th>': "<td></td>",  # una cabecera sin texto no encabeza nada
}
PORTADA = """<!doctype html>
<html lang="es"><head><meta charset="utf-8"><title>{titulo}</title>
<meta http-equiv="refresh" content="0; url={destino}">
<link rel="canonical" href="{destino}"></head>
<body><p><a href="{destino}">{titulo}</a></p></body></html>
"""


def adelgazar(app: Sphinx, excepcion: Exception | None) -> None:
    """Quita del sitio construido los archivos que ninguna página pide."""
    if excepcion or app.builder.format != "html":
        return
    salida = Path(app.outdir)
    for nombre in SOBRANTE:
        ruta = salida / nombre
        if ruta.is_dir():
            for archivo in sorted(ruta.rglob("*"), reverse=True):
                archivo.unlink() if archivo.is_file() else archivo.rmdir()
            ruta.rmdir()
        else:
            ruta.unlink(missing_ok=True)
    for mapa in (salida / "_static").rglob("*.map"):
        mapa.unlink()


def quitar_viejas(app: Sphinx, excepcion: Exception | None) -> None:
    """Borra las páginas de una construcción anterior que ya no están en el índice."""
    if excepcion or app.builder.name != "html":
        return
    salida = Path(app.outdir)
    vivas = {salida / app.builder.get_target_uri(d) for d in app.env.found_docs}
    vivas |= {salida / "index.html", salida / "search.html"}
    for pagina in salida.rglob("*.html"):
        if pagina not in vivas:
            pagina.unlink()


def portada(app: Sphinx, excepcion: Exception | None) -> None:
    """Escribe ``index.html``, que lleva a la portada del libro."""
    if excepcion or app.builder.name != "html":
        return
    destino = app.builder.get_target_uri(app.config.root_doc)
    texto = PORTADA.format(titulo=app.config.html_title, destino=destino)
    (Path(app.outdir) / "index.html").write_text(texto, encoding="utf-8")


def descripcion(documento: nodes.document | None) -> str:
    """Devuelve el primer párrafo de una página, para los buscadores."""
    parrafos = documento.findall(nodes.paragraph) if documento else ()
    texto = next((p.astext() for p in parrafos if p.astext().strip()), "")
    return shorten(" ".join(texto.split()), 160, placeholder="…")


def contexto(app, pagina, plantilla, contexto, documento) -> None:
    """Ajusta lo que reciben las plantillas."""
    contexto["theme_search_bar_text"] = "Buscar en el libro…"
    contexto["descripcion"] = descripcion(documento)
    for viejo, nuevo in ARREGLOS.items():
        contexto["body"] = contexto.get("body", "").replace(viejo, nuevo)


def setup(app: Sphinx) -> None:
    """Conecta los ajustes; los del contexto, después de los del tema."""
    # Jupyter Book la fija aunque los comentarios no estén; así no es desconocida.
    app.add_config_value("comments_config", {}, "")
    app.add_js_file("marcos.js", priority=50)
    app.add_js_file("sitio.js", loading_method="defer")
    app.connect("html-page-context", contexto, priority=900)
    app.connect("build-finished", portada)
    app.connect("build-finished", quitar_viejas)
    app.connect("build-finished", adelgazar, priority=900)
