"""La orden `revisar` y lo que cuenta sobre el libro real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from herramientas import fuentes
from herramientas.reglas import REGLAS
from herramientas.reglas.contexto import Celda, Libro
from herramientas.reglas.figuras import defecto
from herramientas.revisar import Hallazgo, revisar

AQUI = Path(__file__).parent

# Celdas del libro cuya salida no se compara. Subirlo es una decisión: cada una dice su
# motivo, y aquí se escribe cuántas hay.
CELDAS_SIN_COMPARAR = 4


def _ordenar(*argumentos: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "herramientas", "revisar", *argumentos],
        capture_output=True,
        text=True,
        cwd=fuentes.RAIZ,
        check=False,
    )


def test_las_celdas_sin_comparar_estan_contadas():
    celdas = [
        f"{pagina.nombre}:{celda.linea}"
        for pagina in Libro().paginas
        for celda in pagina.codigo
        if celda.etiquetas & {"nbval-ignore-output", "nbval-skip"}
    ]
    assert len(celdas) == CELDAS_SIN_COMPARAR, "\n".join(celdas)


def test_reglas_enumera_todas_con_su_razon():
    salida = _ordenar("--reglas")
    assert salida.returncode == 0
    for codigo, regla in REGLAS.items():
        assert f"{codigo} " in salida.stdout
        assert regla.razon in salida.stdout


def test_una_ruta_que_no_existe_es_un_error():
    salida = _ordenar("book/no-existe.md")
    assert salida.returncode == 2
    assert "No existe book/no-existe.md" in salida.stdout


def test_no_importa_ningun_marco():
    codigo = (
        "import sys; from herramientas.revisar import revisar; revisar();"
        "print(sorted({'torch', 'tensorflow', 'keras', 'jax', 'numpy'} & set("
        "sys.modules)))"
    )
    salida = subprocess.run(
        [sys.executable, "-c", codigo],
        capture_output=True,
        text=True,
        cwd=fuentes.RAIZ,
        check=True,
    )
    assert salida.stdout.strip() == "[]"


def test_un_hallazgo_dice_archivo_linea_celda_regla_y_mensaje():
    hallazgo = Hallazgo("book/x.md", 37, 4, "G03", "tras el grupo no viene un acuerdo")
    assert (
        str(hallazgo) == "book/x.md:37 (celda 4): G03 tras el grupo no viene un acuerdo"
    )


def test_las_rutas_limitan_los_hallazgos():
    raiz = AQUI / "malos" / "C04"
    todos = revisar(raiz)
    uno = revisar(raiz, [raiz / "book" / "05-prueba" / "malo.md"])
    assert {h.archivo for h in uno} == {"book/05-prueba/malo.md"}
    assert len(uno) < len(todos)
    assert revisar(raiz, [raiz / "book"]) == todos


@pytest.mark.parametrize(
    ("descripcion", "falta"),
    [
        ("", "no tiene descripción"),
        ("figura_1.png", "nombre de archivo"),
        ("grafico", "nombre de archivo"),
        ("Curva de coste", "no dice qué se ve"),
        ("Loss curve falling towards zero while training", "no parece español"),
        ("Curva de coste que baja hasta estabilizarse tras cien pasos.", None),
    ],
)
def test_que_es_una_descripcion(descripcion, falta):
    problema = defecto(descripcion)
    assert (problema is None) if falta is None else (falta in problema)


def test_la_etiqueta_desconocida_se_explica():
    hallazgo = next(h for h in revisar(AQUI / "malos" / "C01") if h.regla == "C01")
    assert "etiqueta desconocida «prueva»" in hallazgo.mensaje
    assert hallazgo.celda == 2


@pytest.mark.parametrize(
    ("codigo", "esperado"),
    [
        ("def f():\n    return x_pt", True),
        ("[x_pt for _ in range(3)]", True),
        ("def f(x_pt):\n    return x_pt", False),
        ("x_pt = 2\nprint(x_pt)", False),
        ("objeto = 1\nobjeto.x_pt = 2", False),
        ("print('x_pt')", False),
    ],
)
def test_el_nombre_perdido_entiende_los_ambitos(codigo, esperado, tmp_path):
    """Un parámetro o un atributo llamado igual no es la variable del otro marco."""
    texto = (AQUI / "malos/G05/book/05-prueba/malo.md").read_text(encoding="utf-8")
    ruta = tmp_path / "book" / "05-prueba" / "malo.md"
    ruta.parent.mkdir(parents=True)
    viejo = "def doble():\n    return 2 * a_pt  # MAL"
    assert viejo in texto
    ruta.write_text(
        texto.replace(viejo, codigo.replace("x_pt", "a_pt")), encoding="utf-8"
    )
    assert ("G05" in {h.regla for h in revisar(tmp_path)}) is esperado


def test_la_linea_cuenta_las_opciones_de_la_celda():
    pagina = next(p for p in Libro(AQUI / "bueno").paginas if p.ruta.name == "bueno.md")
    celda: Celda = next(c for c in pagina.codigo if "viejo =" in c.codigo)
    linea = pagina.texto.splitlines()[celda.linea_codigo - 1]
    assert linea == celda.codigo.splitlines()[0]
