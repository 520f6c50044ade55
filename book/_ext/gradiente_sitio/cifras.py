"""Lo que no se parte de renglón: «60 000», «8 × 8», «§ 2», «Lab 3 ·», «t-SNE».

En las fuentes van con un espacio corriente, que es lo cómodo de teclear; aquí se
cambia por uno duro. Las palabras con guion y una parte corta van en un trozo sin
cortes, y el código corto entero, «--seed» o «x[0, 0]», también: el navegador cortaría
tras los guiones y los espacios. Lo que el código dice, sus salidas y las fórmulas no se
tocan.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

DURO = "\N{NO-BREAK SPACE}"
_INTACTOS = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
)
_UNIDADES = "%|°C|px|bits?|[kMGT]?B|[kMGT]?Hz|[mµn]?s|min|h|[MGTPE]?FLOPS?(?:/s)?"
_HUECO = re.compile(
    rf"(?<=\d) (?=\d{{3}}(?!\d)|(?:{_UNIDADES})(?![\w]))"
    r"|(?<=\d) (?=× ?\d)|(?<=\d ×) (?=\d)"
    r"|(?<=§) (?=\d)|(?<=\bet) (?=al\.)| (?=·)|(?<=·) (?=★)"
)
CODIGO_CORTO = 18  # caracteres; caben en medio renglón de un móvil
# El navegador corta tras el guion: «t-|SNE», «one-|hot», «CIFAR-|10».
_CON_GUION = re.compile(r"(?<![\w-])(?:\w{1,3}-\w{1,10}|\w{1,10}-\w{1,3})(?![\w-])")


def unir(texto: str) -> str:
    """El texto con espacios duros: en los números, tras «§» y junto al punto medio."""
    return _HUECO.sub(DURO, texto)


def sin_guion_final(texto: str) -> list[nodes.Node]:
    """El texto en trozos, cada palabra corta con guion en uno que no se parte."""
    trozos: list[nodes.Node] = []
    ultimo = 0
    for palabra in _CON_GUION.finditer(texto):
        if palabra.start() > ultimo:
            trozos.append(nodes.Text(texto[ultimo : palabra.start()]))
        dentro = nodes.Text(palabra[0])
        trozos.append(nodes.inline("", "", dentro, classes=["sin-partir"]))
        ultimo = palabra.end()
    if ultimo < len(texto):
        trozos.append(nodes.Text(texto[ultimo:]))
    return trozos


def sin_cortes(codigo: nodes.literal) -> bool:
    """Si un trozo de código va entero: es corto y no está en una tabla.

    En las tablas decide la anchura de la columna, que para algo se calcula sola.
    """
    if len(codigo.astext()) > CODIGO_CORTO:
        return False
    padre = codigo.parent
    while padre is not None and not isinstance(padre, nodes.table):
        padre = padre.parent
    return padre is None


class UnirCifras(SphinxPostTransform):
    """Pone los espacios duros y los trozos sin cortes en la prosa de cada página."""

    default_priority = 860
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Recorre los textos del documento, cada uno desde el nodo que lo contiene."""
        for padre in list(self.document.findall(nodes.Element)):
            if isinstance(padre, nodes.literal) and sin_cortes(padre):
                padre["classes"].append("sin-partir")
            if isinstance(padre, _INTACTOS):
                continue
            # Del último al primero: al partir uno, los anteriores no se mueven.
            for lugar in reversed(range(len(padre.children))):
                texto = padre.children[lugar]
                if not isinstance(texto, nodes.Text):
                    continue
                trozos = sin_guion_final(unir(texto))
                if trozos != [texto]:
                    padre[lugar : lugar + 1] = trozos


def setup(app: Sphinx) -> None:
    """Añade la transformación."""
    app.add_post_transform(UnirCifras)
