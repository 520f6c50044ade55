"""«Ciencia, industria y contenido generado»: sus funciones contra otras fuentes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.signal import correlate2d
from scipy.stats import binomtest

p = definiciones(
    "book/01-introduccion/ciencia-industria.md",
    "umbral_sensible",
    "wilson",
    "valor_predictivo",
    "deslizar",
    "pesos_de_posicion",
    "adam_np",
    "codificar",
    "decodificar",
    "entrenar",
)
semillas = st.integers(0, 999)
fracciones = st.floats(0.01, 0.99)


@given(st.integers(5, 60), fracciones, semillas)
@example(50, 0.28, 0)  # 7 de 25: en coma flotante, 0.28 * 25 pasa de 7
def test_el_umbral_es_el_mayor_que_llega(n, pedida, semilla):
    rng = np.random.default_rng(semilla)
    prob, y = rng.random(n), np.arange(n) % 2 == 0
    u = p.umbral_sensible(prob, y, pedida)
    assert np.mean(prob[y] >= u) >= pedida - 1e-12
    assert np.mean(prob[y] > u) < pedida


@given(st.integers(1, 300), st.data())
def test_wilson_es_el_de_scipy(n, datos):
    k = datos.draw(st.integers(0, n))
    bajo, alto = binomtest(k, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(
        p.wilson(k, n, z=1.959963984540054), (bajo, alto), atol=1e-9
    )


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_el_valor_predictivo_es_contar_en_la_tabla(a, b, c, d):
    """Avisados: a enfermos y d sanos; sin aviso: c enfermos y b sanos."""
    vale = p.valor_predictivo(a / (a + c), b / (b + d), (a + c) / (a + b + c + d))
    np.testing.assert_allclose(vale, a / (a + d))


@given(st.integers(1, 5), st.integers(8, 20), st.integers(1, 8), semillas)
def test_deslizar_es_la_correlacion(n, largo, k, semilla):
    rng = np.random.default_rng(semilla)
    X, M = rng.normal(size=(n, largo, 4)), rng.normal(size=(k, 4))
    espera = [correlate2d(x, M, mode="valid")[:, 0] for x in X]
    np.testing.assert_allclose(p.deslizar(X, M), espera, atol=1e-12)


@given(st.integers(1, 40), semillas)
def test_la_matriz_de_pesos_viene_de_probabilidades(n, semilla):
    letras = np.random.default_rng(semilla).integers(4, size=(n, 6))
    M = p.pesos_de_posicion(np.eye(4)[letras])
    for lugar, fila in enumerate(M):
        cuenta = np.bincount(letras[:, lugar], minlength=4)
        np.testing.assert_allclose(0.25 * 2**fila, (cuenta + 0.5) / (n + 2))


@pytest.mark.marcos
@settings(max_examples=15, deadline=None)
@given(semillas)
def test_adam_es_el_de_torch(semilla):
    import torch

    inicio = np.random.default_rng(semilla).normal(size=4)
    assume(np.all(np.abs(inicio) > 1e-3))
    (mio,) = p.adam_np(lambda v: [4 * v[0] ** 3], [inicio], 0.05, 30)
    w = torch.tensor(inicio, requires_grad=True)
    adam = torch.optim.Adam([w], lr=0.05, eps=1e-7)
    for _ in range(30):
        adam.zero_grad()
        (w**4).sum().backward()
        adam.step()
    np.testing.assert_allclose(mio, w.detach().numpy(), atol=1e-9)


@pytest.mark.marcos
@settings(max_examples=10, deadline=None)
@given(semillas)
def test_las_derivadas_a_mano_son_las_de_torch(semilla):
    import torch

    rng = np.random.default_rng(semilla)
    X = rng.normal(size=(7, 6))
    inicio = [rng.normal(size=f) for f in ((6, 5), (5, 2), (2, 5), (5, 6))]
    mios = p.entrenar(X, inicio, 5)
    v = [torch.tensor(x, requires_grad=True) for W in inicio for x in (W, 0 * W[0])]
    x = torch.tensor(X)
    adam = torch.optim.Adam(v, lr=0.01, eps=1e-7)
    for _ in range(5):
        z = torch.tanh(x @ v[0] + v[1]) @ v[2] + v[3]
        adam.zero_grad()
        torch.nn.functional.mse_loss(
            torch.tanh(z @ v[4] + v[5]) @ v[6] + v[7], x
        ).backward()
        adam.step()
    for mio, suyo in zip(mios, v, strict=True):
        np.testing.assert_allclose(mio, suyo.detach().numpy(), atol=1e-7)
