"""Las comprobaciones de cada lab rechazan lo malo y aceptan lo bueno."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from mecanica import Informe

from herramientas import fuentes
from herramientas.derivar import sin_soluciones, solo_marco
from herramientas.entorno import entorno

MECANICA = Path(__file__).with_name("mecanica.py")
MEGAS = 3072


@pytest.mark.marcos
@pytest.mark.datos
@pytest.mark.lento
def test_talones_soluciones_y_respuestas_erroneas(lab, marco, sin_datos):
    with entorno() as variables:
        proceso = subprocess.run(
            [sys.executable, str(MECANICA), lab, marco],
            env=variables,
            cwd=fuentes.RAIZ,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert proceso.returncode == 0, proceso.stderr[-4000:]
    informe = Informe(**json.loads(proceso.stdout.splitlines()[-1]))
    if informe.sin_datos:
        sin_datos(informe.sin_datos)
    assert not informe.fallos, "\n".join(informe.fallos)
    assert informe.ejercicios, "el lab no tiene ningún ejercicio"
    assert len(informe.rechazos) >= 3 * len(informe.ejercicios)
    assert informe.megas < MEGAS, f"{informe.megas:.0f} MB; el tope es {MEGAS}"


def test_cada_ejercicio_de_codigo_tiene_puntos(lab, marco):
    cuaderno = solo_marco(fuentes.leer(fuentes.RAIZ / "solutions" / f"{lab}.md"), marco)
    datos = [celda.metadata.get("nbgrader", {}) for celda in cuaderno.cells]
    puntuadas = [d for d in datos if d.get("grade")]
    assert all(d["points"] > 0 for d in puntuadas)
    assert all(d["locked"] for d in puntuadas if not d["solution"])
    # los puntos que anuncia el texto son los que hay
    texto = "\n".join(c.source for c in cuaderno.cells if c.cell_type == "markdown")
    assert f"{sum(d['points'] for d in puntuadas)} puntos" in texto


def test_el_alumno_no_recibe_ninguna_solucion(lab, marco):
    cuaderno = solo_marco(fuentes.leer(fuentes.RAIZ / "solutions" / f"{lab}.md"), marco)
    alumno = sin_soluciones(cuaderno)
    assert len(alumno.cells) == len(cuaderno.cells)
    for celda, resuelta in zip(alumno.cells, cuaderno.cells, strict=True):
        assert "SOLUTION" not in celda.source
        if resuelta.metadata.get("nbgrader", {}).get("solution"):
            assert celda.source != resuelta.source
            perdidas = set(resuelta.source.splitlines()) - set(
                celda.source.splitlines()
            )
            assert perdidas, resuelta.source
        else:
            assert celda.source == resuelta.source


def test_lo_que_solo_vale_para_un_marco_no_sale_en_los_demas(lab, marco):
    """Dos párrafos comunes seguidos: entre ellos había una celda de otro marco.

    Entonces el primero presentaba esa celda y le falta la etiqueta.
    """
    cuaderno = solo_marco(fuentes.leer(fuentes.RAIZ / "solutions" / f"{lab}.md"), marco)
    comunes = [
        celda.cell_type == "markdown"
        and not celda.metadata.get("tags")
        and "nbgrader" not in celda.metadata
        and not celda.source.startswith("> **Solo ")  # el aviso de `solo_marco`
        for celda in cuaderno.cells
    ]
    for i, (una, otra) in enumerate(pairwise(comunes)):
        assert not (una and otra), f"en {marco} sobra: {cuaderno.cells[i].source}"


@pytest.mark.parametrize(("aciertos", "se_abre"), [(4540, False), (4560, True)])
def test_la_prueba_de_mnist_no_se_abre_sin_la_validacion(aciertos, se_abre):
    """El ejercicio 7 del lab 1, con un modelo de mentira que siempre dice 0."""
    cuaderno = fuentes.leer(fuentes.RAIZ / "solutions" / "01-mnist-softmax.md")
    celdas = {
        celda.metadata["nbgrader"]["grade_id"]: celda.source
        for celda in cuaderno.cells
        if "nbgrader" in celda.metadata
    }
    abiertos = []

    def predice(modelo, X):
        abiertos.append(X)
        return np.zeros(len(X), dtype=int)

    variables = {
        "np": np,
        "HAY_GPU": False,
        "modelo": None,
        "predice": predice,
        "pesos": lambda modelo: (np.zeros((784, 10)), np.zeros(10)),
        "exactitud": lambda y, prediccion: np.mean(y == prediccion),
        "X_validacion": np.zeros((5000, 784)),
        "y_validacion": (np.arange(5000) >= aciertos).astype(int),
        "X_prueba": np.zeros((10, 784)),
        "y_prueba": np.ones(10, dtype=int),
    }
    exec(celdas["configuracion"], variables)
    dice = "en prueba, 0.00%" if se_abre else "en validación, 90.8%: aún no abras"
    with pytest.raises(AssertionError, match=dice):
        exec(celdas["ej7-comprueba"], variables)
    assert any(X is variables["X_prueba"] for X in abiertos) == se_abre
