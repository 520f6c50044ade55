"""Avisos con la clase ``dropdown``: un ``<details>`` que no necesita JavaScript."""

from __future__ import annotations

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import solution_node


class plegable(nodes.General, nodes.Element):
    """Un aviso que se abre y se cierra."""


class plegable_titulo(nodes.General, nodes.TextElement):
    """El título de un aviso plegable: lo que se pulsa."""


class PlegarAvisos(SphinxPostTransform):
    """Cambia en HTML los avisos ``dropdown`` por plegables."""

    # Después de que sphinx-exercise resuelva los títulos de sus soluciones.
    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Recorre el documento."""
        for aviso in list(self.document.findall(nodes.Admonition)):
            if isinstance(aviso, solution_node):
                concordar(aviso)
            clases = aviso.get("classes", [])
            if "dropdown" not in clases:
                continue
            if aviso.children and isinstance(aviso[0], nodes.title):
                titulo, cuerpo = aviso[0].children, aviso.children[1:]
            else:
                titulo, cuerpo = [nodes.Text("Ver más")], aviso.children
            nuevo = plegable(ids=aviso.get("ids", []), classes=["admonition", *clases])
            nuevo.source, nuevo.line = aviso.source, aviso.line
            nuevo += plegable_titulo("", "", *titulo, classes=["admonition-title"])
            sin_enlaces(nuevo[0])
            nuevo += cuerpo
            aviso.replace_self(nuevo)


def sin_enlaces(titulo: nodes.Element) -> None:
    """Quita los enlaces de un título que ya se pulsa: no caben uno dentro de otro."""
    for enlace in list(titulo.findall(nodes.reference)):
        enlace.parent.replace(enlace, enlace.children)


def concordar(solucion: solution_node) -> None:
    """Cambia «Solución a Ejercicio 1» por «Solución del Ejercicio 1»."""
    texto = next(solucion[0].findall(nodes.Text), None)
    if texto is not None and texto.strip() == "Solución a":
        texto.parent.replace(texto, nodes.Text("Solución del "))


def _abrir(self, nodo: plegable) -> None:
    self.body.append(self.starttag(nodo, "details"))


def _cerrar(self, nodo: plegable) -> None:
    self.body.append("</details>\n")


def _abrir_titulo(self, nodo: plegable_titulo) -> None:
    self.body.append(self.starttag(nodo, "summary", ""))


def _cerrar_titulo(self, nodo: plegable_titulo) -> None:
    self.body.append("</summary>\n")


def _abrir_celda(self, nodo: HideCodeCellNode) -> None:
    clases = " ".join(["celda-plegada", *nodo["classes"]])
    self.body.append(
        f'<details class="{clases}"><summary>'
        f'<span class="al-cerrar">{self.encode(nodo["prompt_show"])}</span>'
        f'<span class="al-abrir">{self.encode(nodo["prompt_hide"])}</span>'
        "</summary>\n"
    )


def setup(app: Sphinx) -> None:
    """Añade los nodos y cambia el de las celdas plegadas de MyST-NB."""
    app.add_post_transform(PlegarAvisos)
    app.add_node(plegable, html=(_abrir, _cerrar))
    app.add_node(plegable_titulo, html=(_abrir_titulo, _cerrar_titulo))
    # El de MyST-NB lleva un rótulo ARIA en inglés y dos párrafos en el resumen.
    app.add_node(HideCodeCellNode, override=True, html=(_abrir_celda, _cerrar))
