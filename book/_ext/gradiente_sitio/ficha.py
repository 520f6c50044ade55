"""La ficha de una sección: objetivos, tiempo y requisitos, bajo el título.

Sale de los metadatos del cuaderno, que vienen de la cabecera de la fuente.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform


class PonerFicha(SphinxTransform):
    """Añade la ficha a las páginas cuyos metadatos tienen objetivos."""

    default_priority = 600

    def apply(self, **kwargs: object) -> None:
        """Lee los metadatos de la página y escribe la ficha tras el título."""
        archivo = Path(self.env.doc2path(self.env.docname))
        if archivo.suffix != ".ipynb":
            return
        metadatos = json.loads(archivo.read_text(encoding="utf-8"))["metadata"]
        objetivos = metadatos.get("objetivos")
        seccion = next(iter(self.document.findall(nodes.section)), None)
        if not metadatos.get("temario") or not objetivos or seccion is None:
            return  # la portada no enseña ningún punto
        try:
            ficha = componer(
                objetivos, metadatos["minutos"], metadatos.get("requiere", [])
            )
        except (KeyError, TypeError) as error:
            raise ExtensionError(
                f"{archivo.name}: la cabecera necesita objetivos (lista), minutos "
                f"({{leer: N, ejecutar: N}}) y requiere (lista): {error!r}"
            ) from error
        seccion.insert(1, ficha)


def componer(objetivos: list[str], minutos: dict, requiere: list[str]) -> nodes.Node:
    """Compone la ficha.

    Args:
        objetivos: qué se sabrá hacer, una frase por objetivo.
        minutos: ``{"leer": N, "ejecutar": N}``, en minutos.
        requiere: rutas de secciones anteriores, desde la raíz y sin extensión.
    """
    ficha = nodes.container(classes=["ficha-seccion"])
    ficha += nodes.paragraph("", "Al terminar sabrás", classes=["ficha-titulo"])
    lista = nodes.bullet_list()
    for objetivo in objetivos:
        # el objetivo empieza por un infinitivo en mayúscula: sigue a «sabrás»
        frase = objetivo[:1].lower() + objetivo[1:]
        lista += nodes.list_item("", nodes.paragraph("", "", *con_formulas(frase)))
    ficha += lista
    pie = nodes.paragraph(classes=["ficha-pie"])
    leer, ejecutar = int(minutos["leer"]), int(minutos["ejecutar"])
    pie += nodes.Text(f"Lectura: unos {leer} min. Ejecución: {ejecutar} min o menos.")
    if requiere:
        pie += nodes.Text(" Antes conviene leer ")
        for n, ruta in enumerate(requiere):
            if n:
                pie += nodes.Text(" y " if n == len(requiere) - 1 else ", ")
            enlace = addnodes.pending_xref(
                refdomain="std",
                reftype="doc",
                reftarget=f"/{ruta}",
                refexplicit=False,
                refwarn=True,
            )
            enlace += nodes.inline("", ruta, classes=["xref", "doc"])
            pie += enlace
        pie += nodes.Text(".")
    ficha += pie
    return ficha


def con_formulas(frase: str) -> list[nodes.Node]:
    """Separa en nodos el texto y las fórmulas ``$…$`` de una frase."""
    trozos = frase.split("$")
    if len(trozos) % 2 == 0:
        raise TypeError(f"una fórmula sin cerrar en «{frase}»")
    return [
        nodes.math(trozo, trozo) if n % 2 else nodes.Text(trozo)
        for n, trozo in enumerate(trozos)
        if trozo
    ]


def setup(app: Sphinx) -> None:
    """Conecta la transformación."""
    app.add_transform(PonerFicha)
