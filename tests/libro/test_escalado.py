"""«Qué pasa al crecer»: leyes con parámetros conocidos y referencias independientes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.optimize import minimize
from scipy.stats import linregress

PAGINA = "book/01-introduccion/escalado.md"
p = definiciones(
    PAGINA,
    "red",
    "iniciales",
    "entrenar",
    "medir",
    "ley",
    "ajustar",
    "con_intervalo",
    "prolongar",
    "HOFFMANN",
    "BESIROGLU",
    "perdida",
    "reparto",
    "buscar",
    "cifras",
    "columna",
    "sumar",
)
semillas = st.integers(0, 2**31)
N = 2.0 ** np.arange(5, 11)


def repartos(limpio: np.ndarray, ruido: float, semilla: int) -> np.ndarray:
    """Veinte medidas de cada valor de `limpio`, con ruido relativo y media exacta."""
    ruidos = np.random.default_rng(semilla).normal(size=(20, len(limpio)))
    return limpio * (1 + ruido * (ruidos - ruidos.mean(axis=0)))


@given(st.floats(0.01, 0.3), st.floats(1, 10), st.floats(0.4, 1.3), semillas)
@settings(max_examples=30, deadline=None)
def test_el_ajuste_recupera_la_ley(E, A, alfa, semilla):
    medidas = repartos(E + A / N**alfa, 0.01, semilla)
    ajuste = p.ajustar(N, medidas)
    np.testing.assert_allclose(ajuste, [E, A, alfa], rtol=1e-2)
    np.testing.assert_allclose(p.ley(1e6, *ajuste), E + A / 1e6**alfa, rtol=1e-2)


def test_el_intervalo_contiene_la_verdad_casi_siempre():
    dentro, verdad = 0, np.array([0.05, 4.0, 0.9])
    for semilla in range(15):
        rng = np.random.default_rng(semilla)
        ruido = 1 + 0.1 * rng.normal(size=(30, len(N)))
        _, otros = p.con_intervalo(N, p.ley(N, *verdad) * ruido, veces=60)
        assert otros.shape == (60, 3)
        bajo, alto = np.percentile(otros, [2.5, 97.5], axis=0)
        dentro += np.sum((bajo <= verdad) & (verdad <= alto))
    assert dentro >= 0.8 * 45  # nominal: el 95 %


@given(st.floats(0.2, 2), st.floats(0.1, 50), semillas)
def test_la_recta_es_una_regresion_de_logaritmos(alfa, A, semilla):
    medidas = A * N**-alfa * np.exp(np.random.default_rng(semilla).normal(size=6) / 9)
    recta = linregress(np.log(N), np.log(medidas))
    esperado = math.exp(recta.intercept + recta.slope * math.log(5000))
    np.testing.assert_allclose(p.prolongar(N, medidas, 5000), esperado, rtol=1e-9)


@given(
    st.floats(1e18, 1e26),
    st.floats(10, 3000),
    st.floats(10, 3000),
    st.floats(0.2, 0.6),
    st.floats(0.2, 0.6),
)
@settings(deadline=None)
def test_el_reparto_es_el_minimo_con_restriccion(C, A, B, alfa, beta):
    coeficientes = {"E": 1.7, "A": A, "B": B, "alfa": alfa, "beta": beta}
    P, D = p.reparto(C, **coeficientes)
    np.testing.assert_allclose(6 * P * D, C, rtol=1e-9)

    def coste(x):  # con D despejado en C = 6 P D
        log_D = math.log(C / 6) - x[0]
        return A * math.exp(-alfa * x[0]) + B * math.exp(-beta * log_D)

    inicio = [math.log(C / 6) / 2]
    opciones = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 2000}
    ajeno = minimize(coste, inicio, method="Nelder-Mead", options=opciones)
    np.testing.assert_allclose(math.log(P), ajeno.x[0], atol=1e-4)
    np.testing.assert_allclose(p.perdida(P, D, **coeficientes) - 1.7, ajeno.fun)


@pytest.mark.parametrize(("ley", "razon"), [("HOFFMANN", 93), ("BESIROGLU", 18)])
def test_las_razones_que_cuenta_la_pagina(ley, razon):
    C, coeficientes = 6 * 70e9 * 1.4e12, getattr(p, ley)
    P, D = p.reparto(C, **coeficientes)
    assert round(D / P) == razon
    np.testing.assert_allclose(p.buscar(C, **coeficientes), P, rtol=1e-3)


@given(semillas, st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_entrenar_es_el_sgd_de_pytorch(semilla, m):
    rng = np.random.default_rng(semilla)
    X, Y = rng.normal(size=(12, 5)), np.eye(4)[rng.integers(0, 4, size=(12, m))]
    inicio = p.iniciales(5, 7, 4 * m, rng)
    finales = p.entrenar(inicio, X, Y, pasos=15, tasa=0.2)
    W1, b1, W2, b2 = hojas = [torch.tensor(q, requires_grad=True) for q in inicio]
    optimizador = torch.optim.SGD(hojas, lr=0.2, momentum=0.9)
    X_t, etiquetas = torch.tensor(X), torch.tensor(Y.argmax(-1))

    def coste():
        Z = (torch.tanh(X_t @ W1 + b1) @ W2 + b2).reshape(12, m, 4)
        pares = zip(Z.unbind(1), etiquetas.unbind(1), strict=True)
        return sum(torch.nn.functional.cross_entropy(z, y) for z, y in pares)

    for _ in range(15):
        optimizador.zero_grad()
        coste().backward()
        optimizador.step()
    for mio, suyo in zip(finales, hojas, strict=True):
        np.testing.assert_allclose(mio, suyo.detach(), atol=1e-9)
    perdida, acierta = p.medir(finales, X, Y)
    np.testing.assert_allclose(perdida, coste().item() / m, rtol=1e-9)
    assert acierta.shape == (12, m)


@given(st.lists(st.integers(0, 999), min_size=1, max_size=9))
def test_las_cifras_son_las_del_numero(numeros):
    esperadas = [[int(c) for c in f"{n:03d}"] for n in numeros]
    np.testing.assert_array_equal(p.cifras(3, np.array(numeros)), esperadas)


@given(semillas, st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_sumar_por_columnas(semilla, largo):
    """Con una red exacta acierta todo; si le falla un caso, solo yerra donde sale."""
    rng = np.random.default_rng(semilla)
    U, V = rng.integers(0, 10, size=(2, 50, largo))
    U[0, -1], V[0, -1] = 7, 8  # al menos una suma pasa por el caso que fallará
    # Una unidad por caso: la tangente vale 1 en el suyo y −1 en los demás.
    x, y, c = np.indices((10, 10, 2)).reshape(3, -1)
    W1, b1, W2 = 50 * p.columna(x, y, c).T, np.full(200, -125.0), np.eye(20)[x + y + c]
    assert p.sumar([W1, b1, W2, W2.sum(axis=0)], U, V).all()
    W2[(x == 7) & (y == 8) & (c == 0)] = np.eye(20)[3]  # 7 + 8 = 3
    falla, acarreo = np.zeros(50, bool), np.zeros(50, int)
    for j in reversed(range(largo)):
        falla |= (U[:, j] == 7) & (V[:, j] == 8) & (acarreo == 0)
        acarreo = (U[:, j] + V[:, j] + acarreo) // 10
    mala = [W1, b1, W2, W2.sum(axis=0)]
    np.testing.assert_array_equal(p.sumar(mala, U, V), ~falla)
