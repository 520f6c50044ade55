"""nbgrader mismo reparte, recoge y corrige los labs, y pone las notas que tocan.

Todo ocurre en una carpeta temporal, con la configuración que la página del lab da a
quien enseña. El ciclo completo se prueba en un marco, PyTorch: es el que menos tarda en
importar, y nbgrader no distingue marcos (las comprobaciones de los tres ya se prueban
en `test_labs.py`, y nbval repite las tres soluciones). `nbgrader validate` se pasa a
cada lab en un marco, y entre todos a los tres.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from mecanica import aplicar, labs, respuestas_de

from herramientas import fuentes
from herramientas.derivar import objetivos
from herramientas.entorno import entorno

LAB = "01-mnist-softmax"
TRABAJO = "lab-01"
MARCO = "pytorch"
PAGINA = fuentes.RAIZ / "book" / "05-modelos-lineales" / f"lab-{LAB}.md"

#: Puntos de cada comprobación si todo está bien.
PUNTOS = {
    "ej1-comprueba": 2,
    "ej2-comprueba": 2,
    "ej3-comprueba": 2,
    "ej4-comprueba": 2,
    "ej5-comprueba": 2,
    "ej6-comprueba-pasos": 2,
    "ej6-comprueba-lotes": 1,
    "ej7-comprueba": 2,
    "ej8-comprueba": 2,
    "ej9-comprueba": 1,
    "lectura": 2,
}
#: Ejercicios que Bruno hace mal (por el nombre de la respuesta) o deja sin hacer.
MAL = {
    "ej1-sigmoide": "la fórmula tal cual, que desborda con z muy negativo",
    "ej8-confusion": "matriz traspuesta",
    "ej9-imagenes": "sin trasponer",
}
SIN_HACER = "ej4-gradiente"
#: Sin el gradiente a mano tampoco se pueden comprobar ej5 ni los pasos de ej6.
PIERDE = {
    *("ej1-comprueba", "ej4-comprueba", "ej5-comprueba", "ej6-comprueba-pasos"),
    *("ej8-comprueba", "ej9-comprueba"),
}

EXITO = "Success! Your notebook passes all the tests."

pytestmark = [
    pytest.mark.marcos,
    pytest.mark.datos,
    pytest.mark.lento,
]


def camino() -> str:
    """PATH con los programas de este entorno delante: nbgrader llama a `alembic`."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def nbgrader(*orden: str, carpeta: Path) -> str:
    """Ejecuta nbgrader en `carpeta`, en el entorno de referencia; da lo que escribe."""
    with entorno() as variables:
        proceso = subprocess.run(
            [sys.executable, "-m", "nbgrader", *orden],
            cwd=carpeta,
            env=variables | {"PATH": camino()},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert proceso.returncode == 0, proceso.stdout + proceso.stderr[-4000:]
    return proceso.stdout + proceso.stderr


def cuaderno_de(lab: str, marco: str, carpeta: str) -> nbformat.NotebookNode:
    """El cuaderno de `solutions` o de `labs`, sin ejecutar, recién derivado."""
    fuente = fuentes.RAIZ / "solutions" / f"{lab}.md"
    destino = fuentes.RAIZ / carpeta / f"{lab}.{marco}.ipynb"
    (objetivo,) = [o for o in objetivos(fuente) if o.ruta == destino]
    return objetivo.cuaderno


def celdas(cuaderno: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """Las celdas con `grade_id`, por ese nombre."""
    return {
        celda.metadata["nbgrader"]["grade_id"]: celda
        for celda in cuaderno.cells
        if "nbgrader" in celda.metadata
    }


@pytest.fixture(scope="module")
def hay_datos():
    """El motivo de que no haya MNIST, o una cadena vacía."""
    from gradiente import datos

    try:
        datos.mnist()
    except datos.DatosNoDisponibles as error:
        return str(error)
    return ""


@pytest.fixture
def con_datos(hay_datos, sin_datos):
    """Sigue solo si hay MNIST."""
    if hay_datos:
        sin_datos(hay_datos)


@pytest.fixture
def curso(tmp_path):
    """Un curso de nbgrader con el trabajo generado y dos entregas."""
    (configuracion,) = re.findall(
        r"```python\n(c = get_config.*?)```",
        PAGINA.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    (tmp_path / "nbgrader_config.py").write_text(configuracion, encoding="utf-8")
    resuelto = cuaderno_de(LAB, MARCO, "solutions")
    nombre = f"{LAB}.{MARCO}.ipynb"
    (tmp_path / "source" / TRABAJO).mkdir(parents=True)
    nbformat.write(resuelto, tmp_path / "source" / TRABAJO / nombre)
    nbgrader("generate_assignment", TRABAJO, "--create", carpeta=tmp_path)
    soluciones = celdas(resuelto)

    # Ana parte del cuaderno que reparte nbgrader y lo hace todo bien.
    bien = nbformat.read(tmp_path / "release" / TRABAJO / nombre, as_version=4)
    for clave, celda in celdas(bien).items():
        if celda.metadata["nbgrader"]["solution"]:
            assert "NotImplementedError" in celda.source or clave == "lectura"
            assert "SOLUTION" not in celda.source
            assert celda.source != soluciones[clave].source
            celda.source = soluciones[clave].source

    # Bruno parte del cuaderno descargado de la web, se equivoca, deja un ejercicio sin
    # hacer y borra una comprobación y el umbral, que nbgrader repone.
    mal = cuaderno_de(LAB, MARCO, "labs")
    respuestas = respuestas_de(LAB)
    for clave, celda in celdas(mal).items():
        if celda.cell_type == "code" and celda.metadata["nbgrader"]["solution"]:
            if clave in MAL:
                (mala,) = [r for r in respuestas[clave] if r["nombre"] == MAL[clave]]
                celda.source = aplicar(mala, soluciones[clave].source, MARCO)
            elif clave != SIN_HACER:
                celda.source = soluciones[clave].source
    celdas(mal)["ej8-comprueba"].source = 'print("Ejercicio 8: bien")'
    celdas(mal)["configuracion"].source = "UMBRAL, EPOCAS = 0.0, (1, 1)"

    for persona, entrega in (("ana", bien), ("bruno", mal)):
        destino = tmp_path / "submitted" / persona / TRABAJO
        destino.mkdir(parents=True)
        nbformat.write(entrega, destino / nombre)
    return tmp_path


def notas(curso: Path, persona: str) -> dict[str, tuple[float, float, bool]]:
    """Por comprobación: puntos automáticos, máximo y si falta corregirla a mano."""
    from nbgrader.api import Gradebook

    assert (curso / "gradebook.db").is_file()
    with Gradebook(f"sqlite:///{curso / 'gradebook.db'}") as libro:
        entrega = libro.find_submission(TRABAJO, persona)
        return {
            nota.cell.name: (nota.auto_score, nota.max_score, nota.needs_manual_grade)
            for cuaderno in entrega.notebooks
            for nota in cuaderno.grades
        }


def test_nbgrader_reparte_recoge_y_pone_las_notas_exactas(con_datos, curso):
    nbgrader("autograde", TRABAJO, carpeta=curso)

    ana = notas(curso, "ana")
    assert ana == {
        clave: (None, 2, True) if clave == "lectura" else (puntos, puntos, False)
        for clave, puntos in PUNTOS.items()
    }
    bruno = notas(curso, "bruno")
    assert {c for c, (puntos, *_) in bruno.items() if puntos == 0} - {
        "lectura"
    } == PIERDE
    assert {c: p for c, (p, *_) in bruno.items() if c not in PIERDE | {"lectura"}} == {
        c: p for c, p in PUNTOS.items() if c not in PIERDE | {"lectura"}
    }
    assert sum(maximo for _, maximo, _ in bruno.values()) == 20

    nbgrader("export", carpeta=curso)
    with (curso / "grades.csv").open(encoding="utf-8") as archivo:
        exportadas = {f["student_id"]: f for f in csv.DictReader(archivo)}
    assert float(exportadas["ana"]["score"]) == 18
    assert float(exportadas["bruno"]["score"]) == 18 - sum(PUNTOS[c] for c in PIERDE)
    assert float(exportadas["bruno"]["max_score"]) == 20


def test_nbgrader_validate_acepta_la_solucion(lab, hay_datos, sin_datos, tmp_path):
    if hay_datos and descarga(lab):
        sin_datos(hay_datos)
    marco = marco_de(lab)
    ruta = tmp_path / f"{lab}.{marco}.ipynb"
    nbformat.write(cuaderno_de(lab, marco, "solutions"), ruta)
    limite = "--Execute.timeout=600"
    assert EXITO in nbgrader("validate", limite, ruta.name, carpeta=tmp_path)


def descarga(lab: str) -> bool:
    """Si el lab pide algún conjunto de datos que no viene con las bibliotecas."""
    from gradiente import datos

    codigo = (fuentes.RAIZ / "solutions" / f"{lab}.md").read_text(encoding="utf-8")
    return any(
        f"datos.{nombre}(" in codigo
        for nombre in datos.__all__
        if getattr(datos, nombre).__module__.endswith("_descargados")
    )


def test_se_sabe_que_labs_descargan():
    assert descarga(LAB)
    assert not descarga("02-tensores-autodiff")


def marco_de(lab: str) -> str:
    """El marco en que se valida un lab: por turno; al 03, el más largo, PyTorch."""
    return fuentes.MARCOS[-1 - labs().index(lab) % len(fuentes.MARCOS)]


def test_entre_todos_los_labs_se_validan_los_tres_marcos():
    assert {marco_de(lab) for lab in labs()} == {*fuentes.MARCOS}


def test_nbgrader_validate_ve_una_solucion_rota(tmp_path):
    """Sin esto, la prueba anterior podría no fallar nunca."""
    cuaderno = nbformat.v4.new_notebook()
    datos = {"grade_id": "c", "locked": True, "schema_version": 3, "solution": False}
    comprobacion = nbformat.v4.new_code_cell("assert 1 == 2, 'mira'")
    comprobacion.metadata["nbgrader"] = datos | {"grade": True, "points": 1}
    cuaderno.cells = [comprobacion]
    nbformat.write(cuaderno, tmp_path / "x.ipynb")
    dicho = nbgrader("validate", "x.ipynb", carpeta=tmp_path)
    assert EXITO not in dicho
    assert "VALIDATION FAILED ON 1 CELL" in dicho


def test_la_pagina_del_lab_dice_los_puntos_que_hay(lab):
    (pagina,) = (fuentes.RAIZ / "book").glob(f"*/lab-{lab}.md")
    texto = " ".join(pagina.read_text(encoding="utf-8").split())
    datos = [
        celda.metadata["nbgrader"]
        for celda in celdas(cuaderno_de(lab, MARCO, "solutions")).values()
        if celda.metadata["nbgrader"]["grade"]
    ]
    a_mano = sum(d["points"] for d in datos if d["solution"])
    total = sum(d["points"] for d in datos)
    assert f"valen {total - a_mano} puntos" in texto
    assert f"los {a_mano} que faltan para {total}" in texto
