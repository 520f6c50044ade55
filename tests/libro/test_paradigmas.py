"""«Aprender con respuestas y sin ellas»: la página, contra scikit-learn."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics.cluster import contingency_matrix
from sklearn.mixture import GaussianMixture

PAGINA = "book/01-introduccion/paradigmas.md"
p = definiciones(
    PAGINA, "numero_y_clase", "k_medias", "pureza", "responsabilidades", "bic"
)
semillas = st.integers(0, 2**31)


def mezcla_al_azar(semilla: int, K: int, d: int) -> tuple[np.ndarray, GaussianMixture]:
    rng = np.random.default_rng(semilla)
    Z = rng.normal(size=(60, d)) + 3 * rng.integers(3, size=(60, 1))
    return Z, GaussianMixture(K, reg_covar=1e-2, tol=1e3, random_state=0).fit(Z)


@settings(max_examples=20, deadline=None)
@given(semillas, st.integers(1, 6), st.integers(1, 4))
def test_k_medias_es_la_de_scikit_learn(semilla, K, d):
    rng = np.random.default_rng(semilla)
    X = rng.normal(size=(50, d))
    inicio = X[rng.choice(50, K, replace=False)]
    grupo, centros, J = p.k_medias(X, inicio)
    otra = KMeans(K, init=inicio, n_init=1, tol=0).fit(X)
    np.testing.assert_array_equal(grupo, otra.labels_)
    np.testing.assert_allclose(centros, otra.cluster_centers_, atol=1e-8)
    np.testing.assert_allclose(J, otra.inertia_, rtol=1e-8, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(semillas)
def test_ninguna_vuelta_de_k_medias_aumenta_J(semilla):
    rng = np.random.default_rng(semilla)
    X, inicio = rng.normal(size=(40, 2)), rng.normal(size=(5, 2))
    J = [p.k_medias(X, inicio, vueltas)[2] for vueltas in range(1, 12)]
    assert np.all(np.diff(J) <= 1e-9)


def test_un_grupo_vacio_conserva_su_centro():
    X = np.array([[0.0], [1.0]])
    grupo, centros, J = p.k_medias(X, np.array([[0.5], [100.0]]))
    np.testing.assert_array_equal(centros, [[0.5], [100.0]])
    assert J == 0.5 and set(grupo) == {0}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_la_pureza_sale_de_la_tabla_de_contingencia(parejas):
    grupo, y = np.array(parejas).T
    tabla = contingency_matrix(y, grupo)  # (clases, grupos)
    esperada = tabla.max(axis=0).sum() / len(y)
    assert np.isclose(p.pureza(grupo, y), esperada)
    uno_a_uno = tabla[linear_sum_assignment(-tabla)].sum() / len(y)
    assert p.pureza(grupo, y) >= uno_a_uno - 1e-12
    assert p.pureza(np.arange(len(y)), y) == 1  # la trampa que cuenta la página


@settings(max_examples=20, deadline=None)
@given(semillas, st.integers(1, 4), st.integers(1, 3))
def test_responsabilidades_y_bic_son_los_de_scikit_learn(semilla, K, d):
    Z, m = mezcla_al_azar(semilla, K, d)
    r, log_p = p.responsabilidades(Z, m.weights_, m.means_, m.covariances_)
    np.testing.assert_allclose(r.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(r, m.predict_proba(Z), atol=1e-8)
    np.testing.assert_allclose(log_p, m.score_samples(Z), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(p.bic(K, d, log_p), m.bic(Z), rtol=1e-8)


def test_responsabilidades_en_el_punto_medio_y_muy_lejos():
    pesos, medias, formas = [0.2, 0.8], [[-1.0], [1.0]], [np.eye(1)] * 2
    r, _ = p.responsabilidades(np.array([[0.0], [1e3]]), pesos, medias, formas)
    np.testing.assert_allclose(r, [[0.2, 0.8], [0, 1]], atol=1e-12)


@given(st.integers(0, 10**6), st.integers(0, 9))
def test_el_nombre_del_archivo_va_y_vuelve(numero, clase):
    ruta = Path("carpeta_con_guion") / f"{numero}_{clase}.png"
    assert p.numero_y_clase(ruta) == (str(numero), clase)


def test_ordenar_texto_no_es_ordenar_numeros():
    nombres = [f"{i}_0.png" for i in range(300)]
    cambian = [a != b for a, b in zip(nombres, sorted(nombres), strict=True)]
    assert np.mean(cambian) > 0.9
    assert all(a < b for a, b in combinations(sorted(nombres)[:10], 2))
