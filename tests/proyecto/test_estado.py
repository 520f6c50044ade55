"""La página «Estado»: sale de lo medido y nunca inventa."""

from __future__ import annotations

import json
import re

import pytest

from herramientas import estado

FUENTE = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
temario: [T0.03]
---
# Página de prueba

```{code-cell} ipython3
1 + 1
```
"""


@pytest.fixture
def libro(tmp_path):
    """Un libro de una página, con su cuaderno ejecutado."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "pagina.md").write_text(FUENTE, encoding="utf-8")
    celdas = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Página | de prueba"]},
        {
            "cell_type": "code",
            "metadata": {"tags": ["nbval-ignore-output"], "motivo": "Es azar."},
            "source": ["1 + 1"],
        },
        {"cell_type": "code", "metadata": {"tags": []}, "source": ["2"]},
    ]
    cuaderno = {"cells": celdas, "metadata": {}}
    (tmp_path / "book" / "pagina.ipynb").write_text(json.dumps(cuaderno))
    (tmp_path / "requirements.txt").write_text(
        "# nada\npytest==0.0.1  # vieja\npaquete-inventado==1.0\n"
    )
    (tmp_path / "_build").mkdir()
    return tmp_path


def test_sin_medidas_dice_que_no_las_hay(libro):
    assert "sin medir" in "\n".join(estado.tiempos(libro, set()))
    assert "no se conocía" in estado.semanal(libro, set())[0]


def test_los_tiempos_son_los_medidos(libro):
    medidas = {"book/pagina.ipynb": 12.34, "book/borrada.ipynb": 99.0}
    (libro / "_build" / "tiempos.json").write_text(json.dumps(medidas))
    texto = "\n".join(estado.tiempos(libro, {"book/pagina"}))
    assert "{doc}`/book/pagina` | 12,3 s" in texto
    assert "sin medir" not in texto
    assert "99" not in texto


def test_un_archivo_de_medidas_roto_se_dice(libro):
    (libro / "_build" / "tiempos.json").write_text("{")
    with pytest.raises(estado.ErrorEstado, match=r"tiempos\.json no es JSON válido"):
        estado.tiempos(libro, set())


def test_las_excepciones_se_cuentan_con_su_motivo(libro):
    texto = "\n".join(estado.excepciones(libro, set()))
    assert "Hay 1 celda cuya salida no se compara" in texto
    assert r"Página \| de prueba (`book/pagina.ipynb`) | 1 | Es azar." in texto


def test_la_cobertura_cuenta_lo_que_declaran_las_paginas(libro):
    texto = "\n".join(estado.cobertura(libro, set()))
    assert re.search(r"\| 0 \| .* \| 1 de 6 \| en curso \|", texto)
    assert re.search(r"\*\*1 de \d+\*\*", texto)
    assert "completa" not in texto


def test_las_versiones_que_no_coinciden_se_ven(libro):
    texto = "\n".join(estado.versiones(libro, set()))
    assert re.search(r"\| pytest \| 0\.0\.1 \| \*\*\d+\.\d+", texto)
    assert "| paquete-inventado | 1.0 | **no instalada** |" in texto


@pytest.mark.parametrize(
    ("resultado", "dice"),
    [
        ("success", "3 de mayo de 2026: todo bien."),
        ("failure", "3 de mayo de 2026: con fallos."),
        ("cancelled", "sin terminar (cancelled)."),
    ],
)
def test_la_comprobacion_semanal_dice_cuando_y_como(libro, resultado, dice):
    ultima = {"fecha": "2026-05-03T04:17:00Z", "resultado": resultado}
    (libro / "_build" / "semanal.json").write_text(json.dumps(ultima))
    assert dice in estado.semanal(libro, set())[0]


def test_una_comprobacion_semanal_sin_fecha_es_un_error(libro):
    (libro / "_build" / "semanal.json").write_text('{"resultado": "success"}')
    with pytest.raises(estado.ErrorEstado, match="fecha"):
        estado.semanal(libro, set())


def test_la_fecha_se_puede_fijar(libro, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    texto = estado.construccion(libro, set())[0]
    assert "1 de enero de 1970" in texto
    assert "revisión" not in texto  # la carpeta no es un repositorio de git


def test_el_estado_se_escribe_entero(libro):
    (libro / "_toc.yml").write_text(
        "root: portada.md\nparts:\n- chapters:\n  - file: book/pagina.ipynb\n"
    )
    destino = estado.escribir(libro)
    piezas = json.loads(destino.read_text(encoding="utf-8"))
    assert set(piezas) == set(estado.PIEZAS)
    assert "{doc}`/book/pagina`" in "\n".join(piezas["cuadernos"])
