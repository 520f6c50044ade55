"""Hojas de estilo sin lo que el sitio no usa.

El tema trae Bootstrap y FontAwesome enteros. Con el sitio ya escrito se sabe qué clases
aparecen en alguna página o en algún guion: las reglas de las demás sobran.
"""

from __future__ import annotations

import re
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx

PODADAS = ("styles/pydata-sphinx-theme.css", "sphinx-design.min.css", "mystnb.*.css")
_PALABRA = re.compile(r"[\w-]+")
_CLASE = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
# Lo que va entre paréntesis o corchetes no obliga a que la clase exista.
_CONDICION = re.compile(r"\([^()]*\)|\[[^\]]*\]")
# Los iconos que el libro usa están dibujados en `iconos.css`.
_ICONO = re.compile(r"^\.fa[a-z]?(?![\w])|^\.fa[bsr]?-[\w-]+(?::before|:after)?$")


def _sobra(selector: str, usadas: set[str]) -> bool:
    selector = selector.strip()
    if "\\" in selector:
        return False
    if _ICONO.match(selector):
        return True
    while (corto := _CONDICION.sub("", selector)) != selector:
        selector = corto
    return any(clase not in usadas for clase in _CLASE.findall(selector))


def _podar(reglas: list, usadas: set[str]) -> str:
    css = []
    for regla in reglas:
        if regla.type == "qualified-rule":
            selectores = _separar(tinycss2.serialize(regla.prelude))
            quedan = [s.strip() for s in selectores if not _sobra(s, usadas)]
            if quedan:
                css.append(f"{','.join(quedan)}{{{tinycss2.serialize(regla.content)}}}")
        elif regla.type == "at-rule":
            css.append(_podar_arroba(regla, usadas))
    return "".join(css)


def _podar_arroba(regla: tinycss2.ast.AtRule, usadas: set[str]) -> str:
    prologo = f"@{regla.at_keyword}{tinycss2.serialize(regla.prelude)}"
    if regla.content is None:
        return f"{prologo};"
    contenido = tinycss2.serialize(regla.content)
    if regla.lower_at_keyword in ("media", "supports", "layer", "container"):
        dentro = tinycss2.parse_blocks_contents(
            regla.content, skip_comments=True, skip_whitespace=True
        )
        if any(r.type == "declaration" for r in dentro):
            return f"{prologo}{{{contenido}}}"
        contenido = _podar(dentro, usadas)
        return f"{prologo}{{{contenido}}}" if contenido else ""
    if regla.lower_at_keyword == "font-face" and "Awesome" in contenido:
        return ""
    return f"{prologo}{{{contenido}}}"


def _separar(selectores: str) -> list[str]:
    """Parte por las comas que no están entre paréntesis."""
    partes, hondura = [""], 0
    for letra in selectores:
        hondura += (letra in "([") - (letra in ")]")
        if letra == "," and not hondura:
            partes.append("")
        else:
            partes[-1] += letra
    return partes


def podar(css: str, usadas: set[str]) -> str:
    """Devuelve una hoja de estilo sin las reglas de clases que nadie usa.

    Args:
        css: la hoja de estilo.
        usadas: palabras que aparecen en las páginas y en los guiones.
    """
    reglas = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return _podar(reglas, usadas)


def palabras(carpeta: Path) -> set[str]:
    """Devuelve cuanto puede ser el nombre de una clase en páginas y guiones."""
    encontradas: set[str] = set()
    for ruta in [*carpeta.rglob("*.html"), *carpeta.rglob("*.js")]:
        if ruta.name != "searchindex.js":
            encontradas.update(_PALABRA.findall(ruta.read_text(encoding="utf-8")))
    return encontradas


def podar_sitio(app: Sphinx, excepcion: Exception | None) -> None:
    """Poda las hojas de estilo de los demás cuando ya está todo escrito."""
    if excepcion or app.builder.format != "html":
        return
    salida = Path(app.outdir)
    usadas = palabras(salida)
    for patron in PODADAS:
        for hoja in (salida / "_static").glob(patron):
            css = hoja.read_text(encoding="utf-8")
            hoja.write_text(podar(css, usadas), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Conecta la poda, después de que todo esté escrito."""
    app.connect("build-finished", podar_sitio, priority=950)
