"""Una parte terminada tiene mapa, resumen, preguntas y ejercicios bastantes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from herramientas.fuentes import RAIZ, es_fuente
from herramientas.temario import cobertura, quien_ensena

PREGUNTAS, EJERCICIOS = 25, 20
PREGUNTA = re.compile(r"(?m)^:::\{admonition\} \d+\. .+\n:class: dropdown$")
EJERCICIO = re.compile(r"(?m)^```\{exercise-start\} (.+) · (★{1,3})$")
SOLUCION = re.compile(r"(?s)```\{solution-start\}.+?```\{solution-end\}")


def secciones(parte: Path) -> list[str]:
    return [
        ruta.read_text("utf-8")
        for ruta in sorted(parte.glob("*.md"))
        if es_fuente(ruta)
    ]


COMPLETAS = {
    f"{int(parte):02}"
    for parte, _, faltan in cobertura(quien_ensena())
    if not faltan and parte.isdecimal()
}
TERMINADAS = [
    carpeta
    for carpeta in sorted((RAIZ / "book").glob("[01][0-9]-*"))
    if carpeta.name[:2] in COMPLETAS - {"00"}
]


def faltas(parte: Path) -> list[str]:
    """Lo que le falta a una parte para estar terminada."""
    textos = secciones(parte)
    preguntas = sum(len(PREGUNTA.findall(t)) for t in textos)
    ejercicios = sum(len(EJERCICIO.findall(t)) for t in textos)
    con_codigo = sum(
        "{code-cell}" in solucion for t in textos for solucion in SOLUCION.findall(t)
    )
    return [
        mensaje
        for falta, mensaje in [
            (not (parte / "mapa.md").exists(), "falta mapa.md"),
            (not (parte / "resumen.md").exists(), "falta resumen.md"),
            (preguntas < PREGUNTAS, f"{preguntas} preguntas de {PREGUNTAS}"),
            (ejercicios < EJERCICIOS, f"{ejercicios} ejercicios de {EJERCICIOS}"),
            (con_codigo < EJERCICIOS, f"{con_codigo} soluciones ejecutadas"),
        ]
        if falta
    ]


def test_las_partes_de_fundamentos_estan_terminadas():
    terminadas = {p.name[:2] for p in TERMINADAS}
    assert {"01", "02", "03", "04"} <= terminadas


@pytest.mark.parametrize("parte", TERMINADAS, ids=lambda p: p.name)
def test_una_parte_terminada_lo_tiene_todo(parte: Path):
    assert faltas(parte) == []


def test_la_comprobacion_puede_fallar(tmp_path):
    (tmp_path / "seccion.md").write_text(
        "---\nkernelspec: {}\n---\n"
        ":::{admonition} 1. ¿Sí?\n:class: dropdown\nNo.\n:::\n"
        "```{exercise-start} Uno · ★\n```\n",
        encoding="utf-8",
    )
    assert faltas(tmp_path) == [
        "falta mapa.md",
        "falta resumen.md",
        "1 preguntas de 25",
        "1 ejercicios de 20",
        "0 soluciones ejecutadas",
    ]
