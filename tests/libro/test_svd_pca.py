"""«Valores propios, SVD y PCA»: lo que define la página, contra SciPy y otras."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from paginas import definiciones
from sklearn.decomposition import PCA
from sklearn.utils.extmath import randomized_svd

PAGINA = "book/02-tensores/svd-pca.md"
p = definiciones(
    PAGINA,
    "iteracion_de_potencias",
    "pseudoinversa",
    "pca",
    "reconstruir",
    "svd_al_azar",
)
semillas = st.integers(0, 2**31)


@given(semillas)
def test_la_iteracion_de_potencias_halla_el_mayor(semilla):
    azar = np.random.default_rng(semilla)
    Q = np.linalg.qr(azar.normal(size=(5, 5)))[0]
    A = Q * [10.0, -6.0, 3.0, 1.0, 0.5] @ Q.T
    valor, v = p.iteracion_de_potencias(A)
    np.testing.assert_allclose(valor, 10, atol=1e-8)
    assert abs(v @ Q[:, 0]) > 1 - 1e-8


@given(semillas, st.integers(2, 8), st.integers(2, 8), st.integers(1, 4))
def test_la_pseudoinversa_es_la_de_scipy(semilla, m, n, rango):
    azar = np.random.default_rng(semilla)
    X = azar.normal(size=(m, rango)) @ azar.normal(size=(rango, n))
    esperada = scipy.linalg.pinv(X, rtol=1e-10)
    np.testing.assert_allclose(
        p.pseudoinversa(X), esperada, atol=1e-8 * np.abs(esperada).max()
    )


@given(semillas, st.integers(1, 4))
def test_pca_es_la_de_scikit_learn(semilla, k):
    azar = np.random.default_rng(semilla)
    X = azar.normal(size=(30, 4)) * [5.0, 3.0, 2.0, 1.0] + 7
    media, componentes, varianzas = p.pca(X)
    modelo = PCA(n_components=k).fit(X)
    np.testing.assert_allclose(varianzas[:k], modelo.explained_variance_, rtol=1e-8)
    np.testing.assert_allclose(
        np.abs(np.sum(componentes[:k] * modelo.components_, axis=1)), 1, atol=1e-6
    )
    nuevos = azar.normal(size=(6, 4))
    np.testing.assert_allclose(
        p.reconstruir(nuevos, media, componentes[:k]),
        modelo.inverse_transform(modelo.transform(nuevos)),
        atol=1e-8,
    )


@given(semillas)
def test_la_svd_al_azar_se_acerca_a_la_de_scikit_learn(semilla):
    azar = np.random.default_rng(semilla)
    A = azar.normal(size=(60, 12)) @ azar.normal(size=(12, 40))
    A += 0.01 * azar.normal(size=A.shape)
    U, s, Vt = p.svd_al_azar(A, 5)
    assert U.shape == (60, 5) and Vt.shape == (5, 40)
    _, esperados, _ = randomized_svd(A, 5, n_iter=4, random_state=0)
    np.testing.assert_allclose(s, esperados, rtol=1e-2)
    np.testing.assert_allclose(U.T @ U, np.eye(5), atol=1e-8)
