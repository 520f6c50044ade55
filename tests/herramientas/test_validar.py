"""`herramientas.validar`: qué cuadernos repite y cuándo saltar es fallar."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from herramientas import tiempos, validar

INFORME = """<?xml version="1.0"?>
<testsuites><testsuite>
<testcase classname="book.05-x.uno" name="Cell 0" time="1.5"/>
<testcase classname="book.05-x.uno" name="Cell 1" time="0.75"/>
<testcase classname="book.05-x.dos" name="Cell 0" time="3"/>
</testsuite></testsuites>"""


def test_suma_los_tiempos_por_cuaderno(tmp_path: Path):
    informe = tmp_path / "informe.xml"
    informe.write_text(INFORME, encoding="utf-8")
    assert validar.tiempos_de(informe) == {"book.05-x.uno": 2.25, "book.05-x.dos": 3.0}


def test_guarda_los_tiempos_sin_perder_los_demas(tmp_path: Path):
    informe = tmp_path / "informe.xml"
    informe.write_text(INFORME, encoding="utf-8")
    archivo = tmp_path / tiempos.TIEMPOS
    archivo.parent.mkdir(parents=True)
    archivo.write_text('{"book/otro.ipynb": 7.0}', encoding="utf-8")
    rutas = [tmp_path / "book/05-x/uno.ipynb", tmp_path / "book/05-x/tres.ipynb"]
    validar.guardar_tiempos(informe, rutas, tmp_path)
    assert json.loads(archivo.read_text(encoding="utf-8")) == {
        "book/05-x/uno.ipynb": 2.2,
        "book/otro.ipynb": 7.0,
    }


@pytest.fixture
def libro(monkeypatch):
    """Un libro de una sección y un lab cuyo nbval no se llega a ejecutar."""
    validados = []

    def falso(rutas, carril, procesos, en_frio):
        validados.append((carril, [r.name for r in rutas]))
        return 0

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(validar, "validar", falso)
    monkeypatch.setattr(
        validar, "cuadernos", lambda raiz: ([Path("s.ipynb")], [Path("l.ipynb")])
    )
    return validados


def _args(**cambios):
    omision = {"rutas": [], "j": 1, "carriles": False, "cupo": None, "en_frio": False}
    return SimpleNamespace(**omision | cambios)


def test_con_datos_se_validan_los_labs(libro, monkeypatch):
    monkeypatch.setattr(validar, "faltan_datos", lambda: "")
    assert validar.ejecutar(_args()) == 0
    assert libro == [(None, ["l.ipynb", "s.ipynb"])]


def test_sin_datos_se_salta_en_voz_alta(libro, monkeypatch, capsys):
    monkeypatch.setattr(validar, "faltan_datos", lambda: "no hay MNIST")
    assert validar.ejecutar(_args()) == 0
    assert libro == [(None, ["s.ipynb"])]
    dicho = capsys.readouterr().err
    assert "SALTADOS 1" in dicho
    assert "no hay MNIST" in dicho


def test_en_ci_saltar_es_fallar(libro, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(validar, "faltan_datos", lambda: "no hay MNIST")
    assert validar.ejecutar(_args()) == 1


def test_los_carriles_se_recorren_todos(libro, monkeypatch):
    monkeypatch.setattr(validar, "faltan_datos", lambda: "")
    assert validar.ejecutar(_args(carriles=True)) == 0
    assert [carril for carril, _ in libro] == list(validar.entorno.CARRILES)


@pytest.mark.parametrize(("j", "esperados"), [(1, [1, 1]), (2, [2, 1]), (4, [4, 2])])
def test_los_hilos_de_cada_cuaderno_cuentan(libro, monkeypatch, j, esperados):
    usados = []
    monkeypatch.setattr(validar, "faltan_datos", lambda: "")
    monkeypatch.setattr(validar, "validar", lambda r, c, n, f: usados.append(n) or 0)
    assert validar.ejecutar(_args(carriles=True, j=j)) == 0
    assert usados == esperados


def test_una_salida_distinta_es_un_fallo(libro, monkeypatch):
    monkeypatch.setattr(validar, "faltan_datos", lambda: "")
    monkeypatch.setattr(validar, "validar", lambda *a: 1)
    assert validar.ejecutar(_args()) == 1
