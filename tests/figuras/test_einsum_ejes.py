"""La notación de Einstein: lo que dice la figura es lo que hace ``np.einsum``."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manos import MOVIL, cuadro, estado, medidas
from playwright.sync_api import expect

from gradiente.figuras import EinsumEjes, ErrorFigura
from gradiente.figuras.einsum import analizar, explicar

CON_NAVEGADOR = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("einsum_ejes")


@st.composite
def casos(draw):
    """Fórmula y formas: casi siempre casan; a veces, un defecto de los habituales."""
    indices = st.text("ijkZ", max_size=3)
    operandos = draw(st.lists(indices, min_size=1, max_size=3))
    tamanos = {i: draw(st.integers(1, 4)) for i in "ijkZ"}
    formas = [[tamanos[i] for i in letras] for letras in operandos]
    formula = ",".join(operandos)
    usados = sorted(set(formula) - {","})
    if draw(st.booleans()):
        salida = draw(st.permutations(usados))[: draw(st.integers(0, 3))]
        formula += "->" + "".join(salida)
    defecto = draw(st.sampled_from(["", "", "", "talla", "eje", "letra", "doble"]))
    con_ejes = [f for f in formas if f]
    if defecto == "talla" and con_ejes:
        forma = draw(st.sampled_from(con_ejes))
        forma[draw(st.integers(0, len(forma) - 1))] = draw(st.integers(1, 5))
    elif defecto == "eje":
        draw(st.sampled_from(formas)).append(2)
    elif defecto == "letra":
        formula += "m" if "->" in formula else "->m"
    elif defecto == "doble" and usados:
        formula = formula.split("->")[0] + "->" + usados[0] * 2
    return formula, formas


def einsum_numpy(formula, formas):
    """Operandos al azar y su einsum según NumPy, o ``None`` si falla."""
    azar = np.random.default_rng(len(formula))
    operandos = [azar.integers(-3, 4, f).astype(float) for f in formas]
    try:
        return operandos, np.einsum(formula, *operandos)
    except ValueError:
        return operandos, None


@CON_NAVEGADOR
@given(casos())
def test_falla_cuando_falla_numpy_y_si_no_hace_lo_mismo(js, caso):
    formula, formas = caso
    operandos, esperado = einsum_numpy(formula, formas)
    a = js("analizarEinsum", formula, formas)
    assert a.get("error") == analizar(formula, formas).get("error")
    if esperado is None:
        assert a["error"].endswith(".")
        return
    assert "error" not in a, a["error"]
    assert tuple(a["forma"]) == np.shape(esperado)
    # El bucle que se enseña es Python de verdad, y da el mismo resultado.
    bucle = js("bucleEinsum", a, formas)
    nombres = dict(zip("ABCD", operandos, strict=False))
    exec("\n".join(bucle), {"np": np, **nombres}, nombres)
    np.testing.assert_allclose(nombres["S"], esperado)
    # Las operaciones son las que hace ese bucle.
    vueltas = np.prod([a["tamanos"][i] for i in a["orden"]], dtype=int)
    assert a["vueltas"] == vueltas
    assert a["multiplicaciones"] == vueltas * bucle[-1].count(" * ")
    assert a["sumas"] == vueltas * bucle[-1].count("+=")


@CON_NAVEGADOR
@given(casos())
def test_python_y_javascript_analizan_igual(js, caso):
    formula, formas = caso
    de_js, de_python = js("analizarEinsum", formula, formas), analizar(formula, formas)
    for clave, valor in de_python.items():
        assert de_js[clave] == valor, clave
    if "error" not in de_python:
        for i in de_python["orden"]:
            assert js("explicarIndice", i, de_js) == explicar(i, de_python)
            conserva = "se conserva" in explicar(i, de_python)
            assert conserva == (i in de_python["salida"])


@CON_NAVEGADOR
@given(casos())
def test_ajustar_las_formas_las_hace_servir(js, caso):
    formula, formas = caso
    leida = js("leerFormula", formula)
    if "error" not in leida:
        nuevas = js("formasQueSirven", leida["operandos"], formas)
        assert einsum_numpy(formula, nuevas)[1] is not None


@pytest.mark.parametrize(
    ("formula", "formas", "dice"),
    [
        ("ik,kj->ij", [[3, 4], [5, 6]], "k tiene dos tamaños: 4 en el eje 1 de A y 5"),
        ("ii->i", [[1, 4]], "i tiene dos tamaños: 1 en el eje 0 de A y 4 en el eje 1"),
        ("ij->ik", [[3, 4]], "índice k de la salida no está en ningún operando"),
        ("ij->ii", [[3, 4]], "índice i está dos veces en la salida"),
        (
            "ijk->i",
            [[3, 4]],
            r"A lleva 3 índices \(«ijk»\) y su forma \(3, 4\) tiene 2",
        ),
        ("i->i", [[3, 4]], "A lleva 1 índice .* tiene 2 ejes"),
        ("i,j->ij", [[3]], "tiene 2 operandos y se da 1 forma"),
        ("ij->i", [[3, 4], [4]], "tiene 1 operando y se dan 2 formas"),
        ("ij->i->j", [[3, 4]], "más de una flecha"),
        ("i1->i", [[3, 4]], "«1» no es un índice"),
        ("ij=>i", [[3, 4]], "«=» no es un índice"),
        ("ij-i", [[3, 4]], "«-» no es un índice"),
        ("ñ->ñ", [[3]], "«ñ» no es un índice"),
        ("ij->i,j", [[3, 4]], "detrás de la flecha no van comas"),
        ("...ij->ij", [[3, 4]], "puntos suspensivos"),
        ("a,b,c,d,e->a", [[2]] * 4, "hasta 4 operandos"),
        ("abcdef->a", [[2]], "hasta 5 ejes"),
    ],
)
def test_los_mensajes(js, formula, formas, dice):
    error = js("analizarEinsum", formula, formas)["error"]
    assert re.search(dice, error)
    assert error == analizar(formula, formas)["error"]
    assert f"Falla. {error}" in EinsumEjes(formula, formas).descripcion()


def test_un_eje_de_tamano_uno_se_repite_y_se_avisa(js):
    a = js("analizarEinsum", "ik,kj->ij", [[3, 1], [4, 5]])
    assert a["tamanos"]["k"] == 4
    assert re.search(r"mide 1 en A y 4 en B.*TensorFlow lo rechaza", a["avisos"][0])
    assert "A[i, 0] * B[k, j]" in js("bucleEinsum", a, [[3, 1], [4, 5]])[-1]


@pytest.mark.parametrize(
    ("texto", "formas"),
    [
        ("(3, 4), (4, 5)", [[3, 4], [4, 5]]),
        (" (3,4) ; (4,5) ", [[3, 4], [4, 5]]),
        ("(3,)", [[3]]),
        ("(), (7)", [[], [7]]),
        ("3, 4", None),
        ("(3, 4", None),
        ("(3, x)", None),
        ("(0, 3)", None),
        ("(100,)", None),
        ("(3.5,)", None),
        ("(1,2,3,4,5,6)", None),
        ("(1),(1),(1),(1),(1)", None),
        ("", None),
    ],
)
def test_leer_las_formas(js, texto, formas):
    assert js("leerFormas", texto) == formas


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"formula": 3}, "formula debe ser un texto"),
        ({"formula": "i" * 61}, "hasta 60"),
        ({"formas": ()}, "1 a 4 formas"),
        ({"formas": [(2,)] * 5}, "1 a 4 formas"),
        ({"formas": [(3, 0)]}, "La forma de A debe ser"),
        ({"formas": [(3,), (1,) * 6]}, "La forma de B debe ser"),
        ({"formas": "(3, 4)"}, "formas debe ser|La forma de A"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        EinsumEjes(**opciones)


def test_se_admiten_las_formas_de_los_arreglos():
    figura = EinsumEjes("ij->ji", [np.ones((3, 4)).shape])
    assert figura.formas == [[3, 4]]
    assert repr(figura) == "EinsumEjes('ij->ji', ((3, 4),))"
    for formula, formas in (
        ("ii->", [(4, 4)]),
        (",->", [(), ()]),
        ("abcd,cd->ab", [(2, 3, 4, 5), (4, 5)]),
        ("ij->k", [(2, 3)]),
    ):
        assert len(EinsumEjes(formula, formas).poster()) > 2000


def comprobar(pagina):
    """Lo que se lee es lo que hace NumPy con la fórmula y las formas guardadas."""
    formula, formas = estado(pagina, "formula", "formas")
    _, esperado = einsum_numpy(formula, formas)
    leidas = medidas(pagina)
    if esperado is None:
        assert leidas["Forma de la salida"] == "no hay"
        expect(pagina.locator(".gr-codigo")).to_be_hidden()
        expect(pagina.locator(".gr-mal")).not_to_be_empty()
        return
    assert leidas["Forma de la salida"] == str(np.shape(esperado))
    a = analizar(formula, formas)
    assert leidas["Multiplicaciones"] == str(a["multiplicaciones"])
    assert leidas["Sumas"] == str(a["sumas"])
    assert leidas["Vueltas del bucle"].split()[-1] == str(a["vueltas"])
    expect(pagina.locator(".gr-mal")).to_have_count(0)
    # Cada índice, con su letra; los que se suman, marcados.
    fichas = pagina.locator(".gr-indices .gr-ficha")
    assert fichas.all_inner_texts() == list(a["tamanos"])
    sumados = pagina.locator(".gr-indices .gr-suma").all_inner_texts()
    assert sumados == a["sumados"]


@pytest.mark.parametrize("movil", [False, True])
def test_las_formulas_de_la_lista(abrir, movil):
    pagina = abrir(EinsumEjes(), **(MOVIL if movil else {}))
    cuadro(pagina)
    lista = pagina.get_by_role("combobox", name="Operación")
    opciones = lista.locator("option").evaluate_all("(o) => o.map((x) => x.value)")
    assert len(opciones) == 10 and opciones[-1] == ""
    for formula in opciones[:-1]:
        lista.select_option(formula)
        cuadro(pagina)
        assert estado(pagina, "formula") == [formula]
        comprobar(pagina)
        expect(pagina.locator(".gr-codigo")).to_be_visible()
        expect(pagina.get_by_label("Fórmula", exact=True)).to_have_value(formula)
        assert pagina.evaluate("document.documentElement.scrollWidth <= innerWidth")
    lista.select_option("")
    expect(pagina.get_by_label("Fórmula", exact=True)).to_be_focused()


def test_escribir_una_formula(abrir):
    pagina = abrir(EinsumEjes())
    cuadro(pagina)
    campo = pagina.get_by_label("Fórmula", exact=True)
    lista = pagina.get_by_role("combobox", name="Operación")
    expect(lista).to_have_value("ik,kj->ij")
    campo.fill("ik,kj->ikj")
    cuadro(pagina)
    expect(lista).to_have_value("")
    campo.press("Tab")
    assert estado(pagina, "formula") == ["ik,kj->ikj"]
    comprobar(pagina)
    for formula, dice in (
        ("ik,kj->im", "índice m de la salida"),
        ("ikm,kj->ij", "A lleva 3 índices"),
        ("ik;kj", "«;» no es un índice"),
    ):
        campo.fill(formula)
        campo.press("Tab")
        cuadro(pagina)
        expect(pagina.locator(".gr-mal")).to_contain_text(dice)
        comprobar(pagina)
    campo.fill("ik,kj")
    cuadro(pagina)
    expect(pagina.locator(".gr-formula")).to_contain_text("(-> ij)")


def test_escribir_las_formas_y_ajustarlas(abrir):
    pagina = abrir(EinsumEjes())
    cuadro(pagina)
    campo = pagina.get_by_label("Formas")
    arreglar = pagina.get_by_role("button", name="Ajustar las formas")
    expect(arreglar).to_have_attribute("aria-disabled", "true")
    campo.fill("(3, 4), (5, 6)")
    campo.press("Tab")
    cuadro(pagina)
    assert estado(pagina, "formas") == [[[3, 4], [5, 6]]]
    expect(pagina.locator(".gr-mal")).to_contain_text("dos tamaños")
    expect(pagina.locator(".gr-tarjeta .gr-choca")).to_have_count(2)
    expect(campo).to_have_attribute("aria-invalid", "true")
    comprobar(pagina)
    arreglar.click()
    cuadro(pagina)
    assert estado(pagina, "formas") == [[[3, 4], [4, 6]]]
    expect(campo).to_have_value("(3, 4), (4, 6)")
    comprobar(pagina)
    campo.fill("(3, 4")
    cuadro(pagina)
    expect(pagina.locator(".gr-mal")).to_contain_text("como en Python")
    assert estado(pagina, "formas") == [[[3, 4], [4, 6]]]
    arreglar.click()
    cuadro(pagina)
    comprobar(pagina)


def test_los_indices_cambian_de_tamano_con_el_teclado(abrir):
    pagina = abrir(EinsumEjes())
    cuadro(pagina)

    def pulsar(nombre, veces=1):
        boton = pagina.get_by_role("button", name=nombre, exact=True)
        for _ in range(veces):
            boton.press("Enter")
            cuadro(pagina)
        expect(boton).to_be_focused()
        comprobar(pagina)
        return estado(pagina, "formas")[0]

    assert pulsar("Índice k: uno más", 2) == [[3, 6], [6, 5]]
    assert pulsar("Índice i: uno menos", 4) == [[1, 6], [6, 5]]
    assert pulsar("Índice j: uno más") == [[1, 6], [6, 6]]


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(EinsumEjes())
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('formas', [[2, 4], [4, 9]])")
    pagina.evaluate("modelos[0].set('formula', 'ab,bc->ca')")
    cuadro(pagina)
    comprobar(pagina)
    expect(pagina.get_by_label("Fórmula", exact=True)).to_have_value("ab,bc->ca")


def test_la_region_viva_dice_que_se_suma(abrir):
    pagina = abrir(EinsumEjes())
    cuadro(pagina)
    pagina.get_by_role("combobox", name="Operación").select_option("bqd,bkd->bqk")
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_contain_text("salida (2, 3, 5). Se suma d.")
    pagina.get_by_label("Formas").fill("(2, 3, 8), (2, 5, 7)")
    expect(region).to_contain_text("El índice d tiene dos tamaños: 8")


def test_el_bucle_que_no_cabe_se_desplaza_con_el_teclado(abrir):
    figura = EinsumEjes("abcd,cdef->abef", [(2, 2, 2, 2), (2, 2, 2, 2)])
    for opciones, desborda in ((MOVIL, True), ({}, False)):
        pagina = abrir(figura, **opciones)
        cuadro(pagina)
        codigo = pagina.locator(".gr-codigo")
        assert (codigo.get_attribute("tabindex") == "0") == desborda
        assert pagina.evaluate("document.documentElement.scrollWidth <= innerWidth")
