"""La difusión: las reglas son las de NumPy, y la figura se deja manejar."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manos import MOVIL, cuadro, estado, medidas
from playwright.sync_api import expect

from gradiente.figuras import Difusion, ErrorFigura

# Tamaños pequeños y muchos unos: así unas veces combinan y otras chocan.
FORMA = st.lists(st.sampled_from([1, 1, 2, 3, 4]), max_size=4)
CON_NAVEGADOR = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("difusion")


def difundir_numpy(a, b):
    """La forma del resultado o el mensaje del error, según NumPy."""
    try:
        return (np.empty(a) + np.empty(b)).shape, None
    except ValueError as error:
        return None, str(error).strip()


@CON_NAVEGADOR
@given(FORMA, FORMA)
def test_las_reglas_son_las_de_numpy(js, a, b):
    forma, mensaje = difundir_numpy(a, b)
    r = js("difundir", a, b)
    assert Difusion(a, b).forma() == forma
    aviso = js("avisarDifusion", a, b)
    if forma is None:
        assert r["forma"] is None
        assert any(e["que"] == "choca" for e in r["ejes"])
        assert f"NumPy dice «{mensaje}»" in aviso
        return
    assert tuple(r["forma"]) == forma
    sorpresa = forma not in (tuple(a), tuple(b))
    assert bool(aviso) == sorpresa
    # De dónde sale cada elemento: lo que NumPy reparte al repetir.
    for operando, letra in ((a, "a"), (b, "b")):
        numerados = np.arange(math.prod(operando)).reshape(operando)
        repetidos = np.broadcast_to(numerados, forma)
        assert js("origenes", operando, list(forma)) == repetidos.ravel().tolist()
        for k, eje in enumerate(r["ejes"]):
            # Un eje se repite si y solo si NumPy lo recorre con paso cero.
            parado = repetidos.strides[k] == 0 and forma[k] > 1
            assert (eje["que"] == letra) == parado


@CON_NAVEGADOR
@given(FORMA, FORMA)
def test_python_y_javascript_explican_igual(js, a, b):
    ejes = js("difundir", a, b)["ejes"]
    texto = Difusion(a, b).descripcion()
    for k, eje in enumerate(reversed(ejes), 1):
        assert js("explicarEje", eje, k) in texto
    assert js("textoForma", a) == str(tuple(a))


def test_el_error_callado_se_avisa(js):
    for a, b in (([6], [6, 1]), ([6, 1], [6])):
        assert "solo los 6 de la diagonal" in js("avisarDifusion", a, b)
        diferencias = np.arange(6.0).reshape(a) - np.arange(6.0).reshape(b)
        assert diferencias.shape == (6, 6) and not np.diagonal(diferencias).any()
    assert "diagonal" not in js("avisarDifusion", [6], [5, 1])
    assert js("avisarDifusion", [6], [6]) == ""
    assert js("avisarDifusion", [6, 1], [6, 1]) == ""


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"a": (1, 2, 3, 4, 5)}, "a debe ser una forma de hasta 4 ejes"),
        ({"b": (0, 3)}, "b debe ser una forma.*1 a 99"),
        ({"b": (100,)}, "1 a 99"),
        ({"a": (2.5,)}, "enteros"),
        ({"a": "34"}, "a debe ser una forma"),
        ({"a": 3}, "a debe ser una forma"),
        ({"operacion": "*"}, "«\\+» o «-»"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        Difusion(**opciones)


def test_se_admiten_listas_y_arreglos():
    figura = Difusion(np.empty((3, 1)).shape, np.array([1, 4]))
    assert (figura.a, figura.b) == ([3, 1], [1, 4])
    assert repr(figura) == "Difusion(a=(3, 1), b=(1, 4))"
    figura.b = [2, 4]
    assert figura.forma() is None and "chocan" in figura.descripcion()
    for a, b in (((), ()), ((2, 3), (2,)), ((5, 1, 4), (3, 1)), ((8, 8), (8,))):
        assert len(Difusion(a, b).poster()) > 2000


def celdas(pagina):
    """Los números de cada una de las tres mallas."""
    return [
        np.array(
            [int(t.replace("−", "-")) for t in m.locator(".gr-celda").all_inner_texts()]
        )
        for m in pagina.locator(".gr-malla").all()
    ]


def comprobar(pagina):
    a, b = estado(pagina, "a", "b")
    forma, mensaje = difundir_numpy(a, b)
    leidas = medidas(pagina)
    tabla = pagina.locator(".gr-ejes-tabla tbody tr").nth(2).locator("strong")
    visibles = [t for t in tabla.all_inner_texts() if t]
    if forma is None:
        assert leidas["Resultado"] == "no hay" and leidas["Elementos"] == "—"
        assert "≠" in visibles
        expect(pagina.locator(".gr-aviso")).to_contain_text(mensaje)
        expect(pagina.locator(".gr-mallas")).to_be_hidden()
        return
    assert leidas["Resultado"] == str(forma)
    assert visibles == list(map(str, forma))
    assert leidas["Elementos"] == str(math.prod(forma))
    for letra, operando in (("A", a), ("B", b)):
        veces = int(re.match(r"\d+", leidas[f"Cada elemento de {letra} se usa"])[0])
        assert veces * math.prod(operando) == math.prod(forma)
    if len(forma) > 2 or max(forma, default=1) > 8:
        expect(pagina.locator(".gr-mallas")).to_be_hidden()
        return
    A = 10 * np.arange(1, math.prod(a) + 1).reshape(a)
    B = np.arange(1, math.prod(b) + 1).reshape(b)
    [op] = estado(pagina, "operacion")
    esperados = (
        np.broadcast_to(A, forma),
        np.broadcast_to(B, forma),
        A - B if op == "-" else A + B,
    )
    for obtenido, esperado in zip(celdas(pagina), esperados, strict=True):
        assert obtenido.tolist() == esperado.ravel().tolist()
    # Lo que no es copia aparece una vez por elemento del operando.
    for letra, operando in (("a", a), ("b", b)):
        de = pagina.locator(f".gr-celda-{letra}:not(.gr-copia)")
        assert de.count() == math.prod(operando)


@pytest.mark.parametrize("movil", [False, True])
def test_los_ejemplos(abrir, movil):
    pagina = abrir(Difusion(), **(MOVIL if movil else {}))
    cuadro(pagina)
    comprobar(pagina)
    for nombre, formas in (
        ("el MSE callado", [[6], [6, 1]]),
        ("que falla", [[2, 3], [2]]),
        ("con tres ejes", [[5, 1, 4], [3, 1]]),
        ("tabla de sumas", [[3, 1], [1, 4]]),
    ):
        boton = pagina.get_by_role("button", name=nombre)
        boton.tap() if movil else boton.click()
        cuadro(pagina)
        assert estado(pagina, "a", "b") == formas
        comprobar(pagina)
        assert pagina.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert pagina.locator(".gr-diagonal").count() == (6 if "MSE" in nombre else 0)


def test_cambiar_tamanos_y_ejes_con_el_teclado(abrir):
    pagina = abrir(Difusion())
    cuadro(pagina)

    def pulsar(nombre, veces=1):
        for _ in range(veces):
            pagina.get_by_role("button", name=nombre, exact=True).press("Enter")
        cuadro(pagina)
        comprobar(pagina)
        return estado(pagina, "a", "b")

    assert pulsar("Eje −1 de A: uno más", 2) == [[3, 3], [1, 4]]  # 3 frente a 4: choca
    assert pulsar("Eje −1 de A: uno más") == [[3, 4], [1, 4]]
    assert pulsar("Eje −2 de A: uno menos", 5) == [[1, 4], [1, 4]]  # nunca bajo 1
    assert pulsar("Añadir un eje a B") == [[1, 4], [2, 1, 4]]
    assert pulsar("Quitar un eje a A", 3) == [[], [2, 1, 4]]
    assert pulsar("Quitar un eje a B", 2) == [[], [4]]
    assert pulsar("Añadir un eje a A", 6) == [[2, 2, 2, 2], [4]]
    assert pulsar("Eje −1 de B: uno más", 120) == [[2, 2, 2, 2], [99]]


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(Difusion())
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('a', [2, 1, 3])")
    cuadro(pagina)
    comprobar(pagina)
    assert medidas(pagina)["Resultado"] == "no hay"


def test_la_region_viva_dice_el_resultado(abrir):
    pagina = abrir(Difusion())
    cuadro(pagina)
    pagina.get_by_role("button", name="que falla").click()
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_contain_text("A (2, 3), B (2,): no se pueden combinar")
    expect(region).to_contain_text("Eje −1: 3 y 2 son distintos y ninguno es 1: chocan")
