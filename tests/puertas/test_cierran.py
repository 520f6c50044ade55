"""Las puertas se cierran: cada error pone en rojo la orden que debe verlo.

Cada prueba estropea una copia sana; la primera comprueba que la copia sana pasa por
todas. Sin ella, una puerta siempre cerrada parecería una puerta que funciona.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Copia


def _dice(copia: Copia, orden: str, *fragmentos: str) -> None:
    """La orden acaba en error y su mensaje contiene cada fragmento."""
    codigo, salida = copia.ordenar(orden)
    assert codigo != 0, f"«{orden}» no vio el error:\n{salida}"
    for fragmento in fragmentos:
        assert fragmento in salida, f"falta «{fragmento}» en:\n{salida}"


@pytest.mark.parametrize(
    "orden", ["sincronia", "revisar", "ortografia", "enlaces", "temario"]
)
def test_la_copia_sana_pasa(copia, orden):
    codigo, salida = copia.ordenar(orden)
    assert codigo == 0, salida


def test_la_copia_sana_se_repite_con_nbval(copia):
    codigo, salida = copia.ordenar("validar", "-j", "1", "--en-frio")
    assert codigo == 0, salida
    assert " passed" in salida


def test_la_segunda_vez_no_cambia_nada(copia):
    antes = copia.cuaderno.read_bytes()
    codigo, salida = copia.ordenar("cuadernos", "-j", "1")
    assert codigo == 0
    assert "0 ejecutados" in salida
    assert copia.cuaderno.read_bytes() == antes


# --- nbval ---------------------------------------------------------------------------


def test_un_numero_equivocado_en_una_salida_guardada(copia):
    copia.cambiar(copia.cuaderno, "suma: 7.0", "suma: 7.1")
    codigo, salida = copia.ordenar("validar", "-j", "1")
    assert codigo != 0
    assert "suma: 7.1" in salida
    assert "1 failed" in salida


def test_un_resultado_equivocado_en_un_valor_guardado(copia):
    copia.cambiar(copia.cuaderno, "\"'12'\"", "\"'3'\"")
    codigo, salida = copia.ordenar("validar", "-j", "1", "--en-frio")
    assert codigo != 0, salida
    assert "1 failed" in salida


# --- ejecución -----------------------------------------------------------------------


def _no_se_genera(copia: Copia, *fragmentos: str) -> None:
    antes = copia.cuaderno.read_bytes()
    _dice(copia, "cuadernos", "book/05-minima/seccion.md", *fragmentos)
    assert copia.cuaderno.read_bytes() == antes, "el cuaderno anterior ha cambiado"


def test_un_acuerdo_roto(copia):
    copia.cambiar(copia.fuente, "np.ones(3) @ x", "np.ones(3) @ x + 0.1")
    _no_se_genera(copia, "AssertionError", "celda")


def test_un_aviso_en_una_celda(copia):
    copia.cambiar(
        copia.fuente, "suma_pt = x.sum()", "suma_pt = x.sum() + 0 * np.log(0.0)"
    )
    _no_se_genera(copia, "RuntimeWarning")


def test_algo_escrito_en_stderr(copia):
    copia.cambiar(
        copia.fuente,
        "suma_pt = x.sum()",
        'import sys\n\nprint("hola", file=sys.stderr)\nsuma_pt = x.sum()',
    )
    _no_se_genera(copia, "stderr")


# --- sincronía -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viejo", "nuevo"),
    [
        ("x.sum():.1f", "x.sum():.2f"),
        ("¿Cuánto suman tres números?", "¿Cuánto suman?"),
        ("temario: [T5.10]", "temario: [T5.09]"),
        (":tags: [jax]", ":tags: [jax, hide-output]"),
    ],
    ids=["codigo", "prosa", "cabecera", "etiqueta"],
)
def test_un_cuaderno_desfasado_de_su_fuente(copia, viejo, nuevo):
    copia.cambiar(copia.fuente, viejo, nuevo)
    _dice(copia, "sincronia", "book/05-minima/seccion.ipynb")


@pytest.mark.parametrize(
    ("viejo", "nuevo"),
    [
        ("suma: 7.0", "suma: 7.1"),
        ("suma_ks = sum(x.tolist())", "suma_ks = 7.0"),
        ("¿Cuánto suman tres números?", "¿Cuánto suman?"),
    ],
    ids=["salida", "codigo", "prosa"],
)
def test_un_cuaderno_editado_a_mano(copia, viejo, nuevo):
    copia.cambiar(copia.cuaderno, viejo, nuevo)
    _dice(copia, "sincronia", "book/05-minima/seccion.ipynb")


def test_un_cuaderno_que_falta(copia):
    copia.cuaderno.unlink()
    _dice(copia, "sincronia", "book/05-minima/seccion.ipynb", "falta")


def test_un_cuaderno_de_nadie(copia):
    copia.cuaderno.with_name("otro.ipynb").write_bytes(copia.cuaderno.read_bytes())
    _dice(copia, "sincronia", "book/05-minima/otro.ipynb")


# --- revisar -------------------------------------------------------------------------

ALT = "    alt: Tres puntos que suben cada vez más deprisa, de uno a cuatro.\n"


@pytest.mark.parametrize(
    ("viejo", "nuevo", "regla"),
    [
        (ALT, "    alt: grafico.png\n", "F01"),
        (ALT, "    alt: ''\n", "F01"),
        ("Véase {cite}", "![](dibujo.png) {cite}", "F02"),
        ("```{code-cell} ipython3\n:tags: [acuerdo]", "Adiós.\n\n```python", "G03"),
        ("np.testing.assert_allclose(", "print(", "G04"),
        ("temario: [T5.10]", "temario: [T5.99]", "C03"),
        ("temario: [T5.10]\n", "", "C02"),
        (":tags: [keras]", ":tags: [keraz]", "C01"),
        ("x[::-1].sum()", "x[::-1].sum() + suma_pt", "G05"),
        ("import numpy as np", "import numpy as np\nfrom herramientas import x", "I01"),
        ("## Autoevaluación", "## Preguntas", "X01"),
    ],
)
def test_lo_que_revisar_no_deja_pasar(copia, viejo, nuevo, regla):
    copia.cambiar(copia.fuente, viejo, nuevo)
    _dice(copia, "revisar", f": {regla} ", "Razón de cada regla")


def test_una_salida_con_una_direccion_de_memoria(copia):
    copia.cambiar(copia.cuaderno, "suma: 7.0", "<objeto at 0x7f3a5c2d1e50>")
    _dice(copia, "revisar", ": S01 ")


def test_una_salida_en_stderr(copia):
    cuaderno = json.loads(copia.cuaderno.read_text(encoding="utf-8"))
    salida = next(c["outputs"] for c in cuaderno["cells"] if c.get("outputs"))
    salida[0]["name"] = "stderr"
    copia.cuaderno.write_text(json.dumps(cuaderno), encoding="utf-8")
    _dice(copia, "revisar", ": S03 ")


# --- prosa ---------------------------------------------------------------------------


def test_una_falta_de_ortografia(copia):
    copia.cambiar(copia.fuente, "La figura muestra", "La figgura muestra")
    _dice(copia, "ortografia", "book/05-minima/seccion.md:47: «figgura»")


def test_una_cita_que_no_existe(copia):
    copia.cambiar(copia.fuente, "{cite}`cox1958`", "{cite}`cox1958,nadie1900`")
    _dice(copia, "enlaces", "«nadie1900» no está en book/referencias.bib")


def test_una_referencia_que_nadie_cita(copia):
    copia.cambiar(copia.fuente, "Véase {cite}`cox1958`", "Nada más")
    _dice(copia, "enlaces", "«cox1958» no se cita")


def test_un_enlace_a_un_archivo_que_no_existe(copia):
    copia.cambiar(copia.raiz / "README.md", "seccion.md", "otra.md")
    _dice(copia, "enlaces", "README.md:3", "no existe")


def test_un_punto_de_temario_que_no_existe(copia):
    copia.cambiar(copia.fuente, "temario: [T5.10]", "temario: [T5.99]")
    _dice(copia, "temario", "T5.99, que no existe")
