"""`herramientas.derivados`: ejecuta de verdad, aísla, y sabe fallar."""

from __future__ import annotations

from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from herramientas import derivados, fuentes

# Los resultados se calculan una vez: todo el archivo, en un mismo proceso.
pytestmark = pytest.mark.xdist_group("derivados")

MOTOR = "jax"  # el que menos tarda en importar

CASOS = {
    "bien": (["import jax\nx = 2", "assert x == 2\nprint(x)"], {}, ""),
    "aislado": (["assert 'x' not in globals()"], {}, ""),
    "excepcion": (["1 / 0"], {}, "ZeroDivisionError"),
    "aviso": (["import warnings\nwarnings.warn('viejo')"], {}, "stderr"),
    "sintaxis": (["def f(:"], {}, "SyntaxError"),
    "esperada": (["1 / 0"], {"tags": ["raises-exception"]}, ""),
    "no-falla": (["1 + 1"], {"tags": ["raises-exception"]}, "no ha fallado"),
    "muere": (["import os\nos._exit(3)"], {}, "muerto"),
    "lento": (["import time\ntime.sleep(60)"], {}, "se ha cortado"),
}


@pytest.fixture(scope="module")
def resultados(tmp_path_factory):
    """Todos los casos, en orden, por un mismo proceso caliente."""
    carpeta = tmp_path_factory.mktemp("derivados")
    lista = []
    for nombre, (celdas, metadatos, _) in CASOS.items():
        cuaderno = new_notebook(
            cells=[new_code_cell(c, metadata=metadatos) for c in celdas]
        )
        nbformat.write(cuaderno, carpeta / f"{nombre}.ipynb")
        ruta = str(carpeta / f"{nombre}.ipynb")
        limite = 2 if nombre == "lento" else 60
        lista.append({"ruta": ruta, "nombre": nombre, "limite": limite})
    anunciados = []
    importar, hechos = derivados.atender(MOTOR, lista, anunciados.append)
    assert importar > 0
    assert anunciados == hechos
    return {r.nombre: r for r in hechos}


@pytest.mark.parametrize("caso", CASOS)
def test_cada_cuaderno_da_lo_suyo(resultados, caso):
    esperado = CASOS[caso][2]
    error = resultados[caso].error
    assert (esperado in error) if esperado else error == "", error
    assert "\x1b" not in error


def test_mide_memoria_y_tiempo(resultados):
    assert resultados["bien"].megas > 50
    assert resultados["bien"].segundos > 0


def test_un_motor_que_no_arranca_lo_dice(monkeypatch, tmp_path):
    monkeypatch.setitem(derivados.MOTORES, "roto", (None, (), {}))
    tarea = {"ruta": str(tmp_path / "x.ipynb"), "nombre": "x", "limite": 5}
    _, (resultado,) = derivados.atender("roto", [tarea], lambda r: None)
    assert "no responde" in resultado.error  # el obrero real no conoce ese motor


def test_cada_dia_nbval_y_los_derivados_lo_cubren_todo(tmp_path):
    """Nbval repite la sección entera y, de un lab, el cuaderno de cada marco."""
    lab = fuentes.RAIZ / "solutions" / "01-mnist-softmax.md"
    seccion = fuentes.RAIZ / "book" / "05-modelos-lineales" / "regresion-logistica.md"
    reparto, iguales = derivados.tareas([lab, seccion], None, tmp_path)
    assert not iguales
    motores = {
        ruta: {
            motor
            for motor, lista in reparto.items()
            if any(t["nombre"].startswith(str(fuentes.relativa(ruta))) for t in lista)
        }
        for ruta in (lab, seccion)
    }
    assert motores[seccion] == {*derivados.MOTORES} - {"completo"}
    de_nbval = {r.stem.rsplit(".", 1)[1] for r in fuentes.cuadernos_de(lab)} & {
        *fuentes.MARCOS
    }
    assert de_nbval == {*fuentes.MARCOS}
    por_omision = {"pytorch", "keras-tensorflow", "jax"}
    assert motores[lab] | por_omision == motores[seccion]
    assert not motores[lab] & por_omision
    pedidos, _ = derivados.tareas([lab], ["jax"], tmp_path)
    assert [len(lista) for lista in pedidos.values()] == [1]


COMUN = new_code_cell("x = 1")
TORCH, KERAS, JAX = ({"tags": [marco]} for marco in ("pytorch", "keras", "jax"))


@pytest.mark.parametrize(
    ("celdas", "motores", "quedan"),
    [
        # nbval ya ejecuta ese mismo programa
        ([COMUN], None, []),
        # en Colab no hay nbval: una vez, la primera
        ([COMUN], ["completo", "pytorch", "jax"], ["completo"]),
        # sin Keras dentro, sus tres motores son la misma ejecución
        (
            [
                COMUN,
                new_code_cell("t = 1", metadata=TORCH),
                new_code_cell("j = 1", metadata=JAX),
            ],
            None,
            ["pytorch", "keras-tensorflow", "jax"],
        ),
        # con Keras, cada motor cuenta
        (
            [COMUN, new_code_cell("import keras", metadata=KERAS)],
            ["keras-tensorflow", "keras-jax", "keras-torch", "jax"],
            ["keras-tensorflow", "keras-jax", "keras-torch", "jax"],
        ),
        # basta una etiqueta distinta para que no sea el mismo programa
        (
            [
                new_code_cell("1 / 0", metadata=TORCH),
                new_code_cell("1 / 0", metadata={"tags": ["jax", "raises-exception"]}),
            ],
            ["pytorch", "jax"],
            ["pytorch", "jax"],
        ),
    ],
)
def test_un_programa_se_ejecuta_una_vez(monkeypatch, tmp_path, celdas, motores, quedan):
    cuaderno = new_notebook(cells=celdas)
    monkeypatch.setattr(fuentes, "leer", lambda ruta: cuaderno)
    ruta = fuentes.RAIZ / "book" / "x.md"
    reparto, iguales = derivados.tareas([ruta], motores, tmp_path)
    assert [motor for motor, lista in reparto.items() if lista] == quedan
    assert len(iguales) == len(reparto) - len(quedan)


@pytest.mark.parametrize(
    ("error", "megas", "codigo"), [("", 100, 0), ("falla", 100, 1), ("", 9999, 1)]
)
def test_el_resumen_decide_el_codigo(monkeypatch, capsys, error, megas, codigo):
    hecho = derivados.Resultado("x.md [jax]", "jax", 1.0, megas, error)
    monkeypatch.setattr(
        derivados, "tareas", lambda *a: ({"jax": [{"nombre": "x"}]}, [])
    )
    monkeypatch.setattr(derivados, "atender", lambda *a: (0.5, [hecho]))
    args = SimpleNamespace(
        rutas=[], motor=["jax"], j=1, sin_labs=False, memoria=3072, cupo=None
    )
    assert derivados.ejecutar(args) == codigo
    assert "Derivados:" in capsys.readouterr().out


@pytest.mark.parametrize(("iguales", "codigo"), [([], 1), (["x.md [jax]"], 0)])
def test_sin_cuadernos_no_hay_verde(monkeypatch, capsys, iguales, codigo):
    monkeypatch.setattr(derivados, "tareas", lambda *a: ({"jax": []}, iguales))
    args = SimpleNamespace(
        rutas=[], motor=["jax"], j=1, sin_labs=False, memoria=3072, cupo=None
    )
    assert derivados.ejecutar(args) == codigo
    assert ("ningún cuaderno" in capsys.readouterr().err) == (not iguales)
