"""Cada cifra de la prosa sale de una celda que el lector puede ver."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
import yaml

from herramientas.fuentes import RAIZ

# Las secciones; los preliminares y los apéndices describen, no miden.
PAGINAS = sorted(
    ruta.with_suffix("")
    for ruta in (RAIZ / "book").glob("[01][0-9]-*/*.ipynb")
    if not ruta.parent.name.startswith("00-")
)
# Una página puede tener cifras que no salen de una celda: las enumera, cada una con su
# porqué, el archivo cifras/<página>.yaml.
CIFRAS = Path(__file__).parent / "cifras"


def excepciones(pagina: str) -> dict[str, str]:
    """Las cifras de `pagina` que no salen de una celda, y por qué."""
    ruta = CIFRAS / f"{pagina}.yaml"
    return yaml.safe_load(ruta.read_text("utf-8")) if ruta.exists() else {}


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


@pytest.mark.parametrize("pagina", PAGINAS, ids=lambda ruta: ruta.name)
def test_las_cifras_de_la_prosa_salen_de_las_celdas(pagina: Path):
    cuaderno = nbformat.read(pagina.with_suffix(".ipynb"), as_version=4)
    permitidas = excepciones(pagina.name)
    assert sin_respaldo(cuaderno, permitidas) == set()
    assert set(permitidas) <= set(cifras_de_la_prosa(cuaderno))  # sin sobras
    assert all(isinstance(motivo, str) and motivo for motivo in permitidas.values())


def test_cada_archivo_de_excepciones_es_de_una_pagina():
    assert {ruta.stem for ruta in CIFRAS.glob("*")} <= {p.name for p in PAGINAS}


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
