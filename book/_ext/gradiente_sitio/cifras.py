"""Números que no se parten de renglón: «60 000», «4,6 %», «15 s».

En las fuentes van con un espacio corriente, que es lo cómodo de teclear; aquí se
cambia por uno duro. El código, sus salidas y las fórmulas no se tocan.
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
_UNIDADES = "%|°C|px|bits?|[kMGT]?B|[kMGT]?Hz|[mµn]?s|min|h|[MGTPE]?FLOP(?:/s)?"
_HUECO = re.compile(rf"(?<=\d) (?=\d{{3}}(?!\d)|(?:{_UNIDADES})(?![\w]))")


def unir(texto: str) -> str:
    """El texto con espacios duros entre los grupos de cifras y ante la unidad."""
    return _HUECO.sub(DURO, texto)


class UnirCifras(SphinxPostTransform):
    """Pone los espacios duros en la prosa de cada página."""

    default_priority = 860
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Recorre los textos del documento."""
        for texto in list(self.document.findall(nodes.Text)):
            unido = unir(texto)
            if unido != texto and not isinstance(texto.parent, _INTACTOS):
                texto.parent.replace(texto, nodes.Text(unido))


def setup(app: Sphinx) -> None:
    """Añade la transformación."""
    app.add_post_transform(UnirCifras)
