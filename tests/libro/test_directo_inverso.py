"""«Modo directo y modo inverso»: lo que define la página, contra referencias ajenas."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.differentiate import jacobian
from scipy.special import logsumexp, softmax

PAGINA = "book/03-diferenciacion/directo-inverso.md"
p = definiciones(
    PAGINA,
    "Dual",
    "sen",
    "f",
    "exp",
    "potencia",
    "cuenta",
    "lineal",
    "TANH",
    "matrices_al_azar",
    "red",
    "directo",
    "inverso",
    "por_columnas",
    "por_filas",
    "multiplicaciones",
    "en_evaluaciones",
    "inverso_por_tramos",
    "optimo",
    "derivada_dual",
    "derivada",
)
tamanos = st.lists(st.integers(1, 6), min_size=2, max_size=5)
semillas = st.integers(0, 2**31)

# torch carga sus descomposiciones para jvp con una función suya ya anticuada.
AVISO_DE_TORCH = "ignore:.*torch.jit.script.*:DeprecationWarning"


def expresiones() -> st.SearchStrategy:
    hojas = st.just("x") | st.floats(-2, 2)
    return st.recursive(
        hojas,
        lambda e: (
            st.tuples(st.sampled_from(["sen", "exp", "cubo"]), e)
            | st.tuples(st.sampled_from(["+", "×"]), e, e)
        ),
        max_leaves=10,
    )


def evaluar(expresion, x, sen, exp, cubo):
    if expresion == "x":
        return x
    if isinstance(expresion, float):
        return 0 * x + expresion
    op, *resto = expresion
    u, *v = (evaluar(parte, x, sen, exp, cubo) for parte in resto)
    if op in "+×":
        return u + v[0] if op == "+" else u * v[0]
    return {"sen": sen, "exp": lambda u: exp(sen(u)), "cubo": cubo}[op](u)


@settings(max_examples=200)
@given(expresiones(), st.floats(-2, 2))
def test_los_duales_coinciden_con_diferencias_centradas(expresion, x):
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20

        def g(t):
            return evaluar(expresion, t, mpmath.sin, mpmath.exp, lambda u: u**3)

        assume(abs(g(mpmath.mpf(x))) < 1e6)
        esperada = float((g(x + h) - g(x - h)) / (2 * h))
        valor = float(g(mpmath.mpf(x)))
    dual = evaluar(expresion, p.Dual(x, 1.0), p.sen, p.exp, lambda u: p.potencia(u, 3))
    assert dual.valor == pytest.approx(valor, rel=1e-9, abs=1e-9)
    assert dual.tangente == pytest.approx(esperada, rel=1e-7, abs=1e-7)


@given(st.tuples(*[st.floats(-3, 3)] * 3), st.tuples(*[st.floats(-1, 1)] * 3))
def test_f_en_cualquier_direccion(punto, semilla):
    a, b, x = punto
    gradiente = (
        math.sin(x),
        x * math.sin(x),
        (a + b * x) * math.cos(x) + b * math.sin(x),
    )
    resultado = p.f(*map(p.Dual, punto, semilla))
    assert resultado.tangente == pytest.approx(np.dot(gradiente, semilla), abs=1e-12)


@given(tamanos, semillas)
def test_los_dos_modos_son_adjuntos(t, semilla):
    etapas = p.red(p.matrices_al_azar(*t, semilla=semilla))
    rng = np.random.default_rng(semilla)
    x, v, w = rng.normal(size=t[0]), rng.normal(size=t[0]), rng.normal(size=t[-1])
    y, Jv = p.directo(etapas, x, v)
    otra_y, Jtw = p.inverso(etapas, x, w)
    np.testing.assert_array_equal(y, otra_y)
    assert w @ Jv == pytest.approx(Jtw @ v, rel=1e-9, abs=1e-12)


@settings(max_examples=20)
@given(tamanos, semillas)
def test_el_jacobiano_es_el_de_scipy(t, semilla):
    matrices = p.matrices_al_azar(*t, semilla=semilla)
    x = np.random.default_rng(semilla).normal(size=t[0])

    def F(x):  # scipy pasa los puntos en columnas
        for A in matrices:
            x = np.tanh(np.tensordot(A, x, axes=1))
        return x

    etapas = p.red(matrices)
    J = p.por_columnas(etapas, x)
    assert J.shape == (t[-1], t[0])
    np.testing.assert_allclose(J, p.por_filas(etapas, x, t[-1]), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(J, jacobian(F, x).df, atol=1e-7)


@pytest.mark.marcos
@pytest.mark.filterwarnings(AVISO_DE_TORCH)
@settings(max_examples=15)
@given(tamanos, semillas)
def test_los_dos_modos_son_los_de_torch(t, semilla):
    import torch

    matrices = p.matrices_al_azar(*t, semilla=semilla)
    rng = np.random.default_rng(semilla)
    x, v, w = rng.normal(size=t[0]), rng.normal(size=t[0]), rng.normal(size=t[-1])

    def F(x):
        for A in matrices:
            x = torch.tanh(torch.tensor(A) @ x)
        return x

    etapas = p.red(matrices)
    _, Jv = torch.func.jvp(F, (torch.tensor(x),), (torch.tensor(v),))
    _, vuelve = torch.func.vjp(F, torch.tensor(x))
    np.testing.assert_allclose(p.directo(etapas, x, v)[1], Jv, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(
        p.inverso(etapas, x, w)[1],
        vuelve(torch.tensor(w))[0],
        rtol=1e-9,
        atol=1e-13,
    )


@given(st.integers(1, 40), st.integers(1, 40))
def test_cada_pasada_cuesta_dos_evaluaciones(n, m):
    assert p.en_evaluaciones(n, m) == [2 * n, 2 * m]


def test_el_contador_cuenta_multiplicaciones():
    etapas = p.red(p.matrices_al_azar(5, 7, 2))
    v = np.ones(5)
    assert p.multiplicaciones(p.directo, etapas, v, v) == 2 * (5 * 7 + 7 * 2)


@given(st.integers(1, 12), st.integers(1, 30), semillas)
def test_por_tramos_da_lo_mismo_con_menos_memoria(capas, k, semilla):
    etapas = p.red(p.matrices_al_azar(*[4] * (capas + 1), semilla=semilla))
    rng = np.random.default_rng(semilla)
    x, w = rng.normal(size=4), rng.normal(size=4)
    obtenido, vivas = p.inverso_por_tramos(etapas, x, w, k)
    np.testing.assert_allclose(obtenido, p.inverso(etapas, x, w)[1], rtol=1e-12)
    L = len(etapas)
    marcas = math.ceil(L / k)
    # En el último tramo hay marcas - 1 por delante; en los otros, menos, y k entradas.
    ultimo = L - k * (marcas - 1)
    assert vivas == max([marcas - 1 + ultimo] + [j + k for j in range(marcas - 1)])
    assert vivas <= L


def test_el_mejor_tramo_es_la_raiz():
    etapas = p.red(p.matrices_al_azar(*[3] * 51))
    x = np.ones(3)
    vivas = {k: p.inverso_por_tramos(etapas, x, x, k)[1] for k in range(1, 101)}
    assert min(vivas.values()) == vivas[10] == 19
    assert vivas[1] == vivas[100] == 100


@given(st.lists(st.integers(1, 30), min_size=2, max_size=7))
def test_el_orden_optimo_gana_a_todos_los_ordenes(dimensiones):
    """Contra la fuerza bruta: quitar las dimensiones interiores en cualquier orden."""

    def coste(orden):
        vivas, total = list(range(len(dimensiones))), 0
        for k in orden:
            i = vivas.index(k)
            total += math.prod(dimensiones[j] for j in vivas[i - 1 : i + 2])
            vivas.pop(i)
        return total

    interiores = range(1, len(dimensiones) - 1)
    mejor = min(coste(orden) for orden in itertools.permutations(interiores))
    assert p.optimo(tuple(dimensiones)) == mejor


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_con_niveles_no_hay_confusion(x, y):
    def anidada(derivar):
        return derivar(lambda u: u * derivar(lambda t: u * t * t, y, 2), x, 1)

    assert anidada(p.derivada) == pytest.approx(4 * x * y)  # (x · 2xy)' = 4xy
    segunda = p.derivada(lambda u: p.derivada(lambda t: t * t * t, u, 2), x, 1)
    assert segunda == pytest.approx(6 * x)
    assert p.derivada(lambda u: p.derivada(lambda t: u * u, y, 2), x, 1) == 0.0


def test_sin_niveles_se_confunden():
    def g(derivar):
        return derivar(lambda x: x * derivar(lambda y: x + y, 1.0), 1.0)

    assert g(p.derivada_dual) == 2.0  # lo que dice la página
    assert p.derivada(lambda x: x * p.derivada(lambda y: x + y, 1.0, 2), 1.0, 1) == 1.0


@settings(max_examples=20)
@given(semillas)
def test_el_hessiano_de_logsumexp(semilla):
    """La fórmula con que la página compara los tres marcos."""
    x, v = np.random.default_rng(semilla).normal(size=(2, 6))
    q = softmax(x)
    H = jacobian(lambda t: np.stack(softmax(t, axis=0)), x).df
    np.testing.assert_allclose(q * v - (q @ v) * q, H @ v, atol=1e-8)
    gradiente = jacobian(lambda t: logsumexp(t, axis=0)[None], x).df[0]
    np.testing.assert_allclose(gradiente, q, atol=1e-8)


def test_el_error_del_gradiente_al_azar():
    """E‖(g·v)v − g‖² = (n + 1)‖g‖²: de ahí la raíz de 51/K con n = 50."""
    rng = np.random.default_rng(0)
    g, V = rng.normal(size=50), rng.normal(size=(200_000, 50))
    estimados = (V @ g)[:, None] * V
    error = ((estimados - g) ** 2).sum(axis=1).mean() / (g @ g)
    assert error == pytest.approx(51, rel=0.03)
    np.testing.assert_allclose(estimados.mean(axis=0), g, atol=0.15)
