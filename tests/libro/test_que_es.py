"""«Qué es aprender, y qué no»: las reglas y neuronas de la página, contra otras."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.integrate import solve_ivp
from scipy.optimize import approx_fprime
from sklearn.tree import DecisionTreeClassifier

p = definiciones(
    "book/01-introduccion/que-es.md",
    "dia",
    "fallos",
    "aprender_regla",
    "gasto",
    "ajustar",
    "pulsos",
    "anillo",
    "SISTEMAS",
    "TASA",
    "PASOS",
)


def test_sin_retraso_el_termostato_oscila_junto_al_umbral():
    """Con pasos pequeños y sin retraso, lo mejor es el propio objetivo."""
    malestares = {u: p.dia(u, 0.3, 0.01, 0) for u in (19, 20, 21, 22, 23)}
    assert min(malestares, key=malestares.get) == 21


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_la_regla_aprendida_es_la_de_un_arbol_de_una_pregunta(semilla):
    rng = np.random.default_rng(semilla)
    X = rng.normal(size=(30, 3))
    y = (X[:, rng.integers(3)] + 0.5 * rng.normal(size=30)) > 0.3
    (columna, umbral), probadas = p.aprender_regla(X, y)
    assert probadas == 90
    fuerza_bruta = min(
        np.sum((X[:, c] > u) != y) for c in range(3) for u in X[:, c].tolist()
    )
    assert p.fallos(columna, umbral, X, y) == fuerza_bruta
    arbol = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)
    assert fuerza_bruta <= np.sum(arbol.predict(X) != y)


@given(st.integers(0, 10_000))
def test_el_gasto_es_fallos_mas_nueve_por_tumor_escapado(semilla):
    rng = np.random.default_rng(semilla)
    X, y = rng.normal(size=(40, 1)), rng.random(40) < 0.5
    escapados = np.sum((X[:, 0] <= 0) & y)
    assert p.gasto(0, 0.0, X, y) == p.fallos(0, 0.0, X, y) + 9 * escapados


def test_la_neurona_baja_por_el_gradiente_de_la_entropia_cruzada():
    rng = np.random.default_rng(0)
    x, y = rng.random((20, 64)), (rng.random(20) < 0.5).astype(float)

    def perdida(theta):
        z = x @ theta[:64] + theta[64]
        return np.mean(np.logaddexp(0, z) - y * z)

    theta = np.zeros(65)
    for _ in range(p.PASOS):
        theta = theta - p.TASA * approx_fprime(theta, perdida, 1e-7)
    w, b = p.ajustar(x, y)
    np.testing.assert_allclose(np.r_[w, b], theta, atol=1e-3)


@given(st.floats(1.1, 4), st.floats(5, 20))
@settings(max_examples=15, deadline=None)
def test_la_neurona_con_fuga_dispara_al_ritmo_de_la_ecuacion(corriente, tau):
    def umbral(t, V):
        return V[0] - 1

    umbral.terminal = True
    solucion = solve_ivp(
        lambda t, V: (corriente - V) / tau, (0, 500), [0.0], events=umbral, rtol=1e-8
    )
    periodo = solucion.t_events[0][0]
    disparos = p.pulsos(np.full(30_000, corriente), tau=tau)  # 300 ms
    assert np.diff(disparos).mean() == pytest.approx(periodo, rel=0.01, abs=0.02)


def test_por_debajo_del_umbral_no_dispara():
    assert p.pulsos(np.full(20_000, 0.99)).size == 0


def test_cada_sistema_esta_en_su_anillo():
    anillos = {n: p.anillo(*quees) for quees, ns in p.SISTEMAS.items() for n in ns}
    assert len(anillos) == sum(map(len, p.SISTEMAS.values()))  # ninguno en dos anillos
    assert anillos["termostato fijo"] == 0
    assert anillos["bosque aleatorio"] == 1
    assert anillos["modelo tipo GPT"] == 2
