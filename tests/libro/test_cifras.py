"""Cada cifra de la prosa sale de una celda que el lector puede ver."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from herramientas.fuentes import RAIZ

PARTE = RAIZ / "book" / "05-modelos-lineales"
# Lo que no sale de una celda, y por qué.
EXCEPCIONES = {
    "regresion-logistica": {
        "0,000045": "la mitad de 0,00009, con el factor ½; se dice en la frase",
        "62,9": "100 − 37,1, que sí se imprime; se dice en la frase",
    },
    "clasificar": {},
}


def cifras_de_la_prosa(cuaderno: nbformat.NotebookNode) -> list[str]:
    """Decimales con coma y tres cifras o más, hasta la autoevaluación."""
    texto = "\n".join(c.source for c in cuaderno.cells if c.cell_type == "markdown")
    texto = texto.split("## Autoevaluación")[0].replace("{,}", ",")
    texto = re.sub(r"\\[,;]", "", texto)
    return [n for n in re.findall(r"\d+,\d+", texto) if len(n.replace(",", "")) >= 3]


def salidas(cuaderno: nbformat.NotebookNode) -> str:
    return "\n".join(
        str(salida.get("text", "") or salida.get("data", {}).get("text/plain", ""))
        for celda in cuaderno.cells
        if celda.cell_type == "code"
        for salida in celda.outputs
    )


def sin_respaldo(cuaderno: nbformat.NotebookNode, excepciones: dict[str, str]) -> set:
    impreso = salidas(cuaderno)
    return {
        cifra
        for cifra in cifras_de_la_prosa(cuaderno)
        if cifra.replace(",", ".") not in impreso and cifra not in excepciones
    }


@pytest.mark.parametrize("pagina", sorted(EXCEPCIONES))
def test_las_cifras_de_la_prosa_salen_de_las_celdas(pagina: str):
    cuaderno = nbformat.read(Path(PARTE / f"{pagina}.ipynb"), as_version=4)
    assert sin_respaldo(cuaderno, EXCEPCIONES[pagina]) == set()
    assert set(EXCEPCIONES[pagina]) <= set(cifras_de_la_prosa(cuaderno))  # sin sobras


def test_la_comprobacion_puede_fallar():
    cuaderno = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("Acierta el 97,3 % y cuesta 0,125."),
            nbformat.v4.new_code_cell(
                "1", outputs=[nbformat.v4.new_output("stream", text="coste 0.125")]
            ),
        ]
    )
    assert sin_respaldo(cuaderno, {}) == {"97,3"}
