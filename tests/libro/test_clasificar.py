"""«Clasificar»: lo que define la página, contra scikit-learn y contra la definición."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from sklearn.datasets import load_iris
from sklearn.neighbors import NearestCentroid

PAGINA = "book/05-modelos-lineales/clasificar.md"
p = definiciones(PAGINA, "cabeza", "cabeza_binaria", "recortes")


def test_la_cabeza_es_el_centro_mas_cercano_de_scikit_learn():
    X, y = load_iris(return_X_y=True)
    W, b = p.cabeza(X, y)
    assert W.shape == (4, 3) and b.shape == (3,)
    esperadas = NearestCentroid().fit(X, y).predict(X)
    np.testing.assert_array_equal((X @ W + b).argmax(axis=1), esperadas)


@given(arrays(float, (12, 3), elements=st.floats(-10, 10)))
def test_la_puntuacion_es_la_distancia_salvo_lo_comun(X):
    y = np.arange(12) % 4
    W, b = p.cabeza(X, y)
    centros = np.stack([X[y == k].mean(axis=0) for k in range(4)])
    distancias = ((X[:, None] - centros) ** 2).sum(axis=2)  # (12, 4)
    comun = (X**2).sum(axis=1, keepdims=True) / 2
    np.testing.assert_allclose(X @ W + b - comun, -distancias / 2, atol=1e-9)


@given(arrays(float, (10, 2), elements=st.floats(-10, 10)))
def test_la_cabeza_binaria_decide_igual_que_las_dos_puntuaciones(X):
    y = np.arange(10) % 2
    W, b = p.cabeza(X, y)
    w, sesgo = p.cabeza_binaria(X, y)
    s = X @ W + b
    np.testing.assert_allclose(X @ w + sesgo, s[:, 1] - s[:, 0], atol=1e-9)


@given(st.integers(64, 90), st.integers(64, 90), st.integers(0, 2**31))
def test_los_recortes_salen_de_la_foto(alto, ancho, semilla):
    foto = np.arange(alto * ancho * 3).reshape(alto, ancho, 3)  # todo píxel, distinto
    trozos = p.recortes(foto, 5, np.random.default_rng(semilla))
    assert trozos.shape == (5, 64, 64, 3)
    for trozo in trozos:
        f, c = np.unravel_index(trozo[0, 0, 0], foto.shape)[:2]
        np.testing.assert_array_equal(trozo, foto[f : f + 64, c : c + 64])


def test_los_recortes_llegan_a_los_bordes():
    foto = np.arange(66 * 66 * 3).reshape(66, 66, 3)
    trozos = p.recortes(foto, 200, np.random.default_rng(0))
    assert trozos.min() == 0 and trozos.max() == foto.max()
