"""«Vectores, normas y coseno»: lo que define la página, contra SciPy y scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.spatial.distance import cdist, pdist, squareform
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

p = definiciones(
    "book/02-tensores/vectores.md",
    "aciertos_vecina",
    "agrupar",
    "buscar",
    "cosenos",
    "cuadrados_desarrollados",
    "medidas",
    "precision_10",
)
numeros = st.floats(-100, 100).map(lambda x: round(x, 3))  # sin diminutos


def matrices(filas: int, columnas: int = 4) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, (filas, columnas), elements=numeros)


@given(matrices(6), matrices(3))
def test_los_cosenos_son_los_de_scikit_learn_tambien_con_nulos(A, B):
    A[0] = 0
    np.testing.assert_allclose(p.cosenos(A, B), cosine_similarity(A, B), atol=1e-12)
    assert np.all(p.cosenos(A, B)[0] == 0)


@given(matrices(5), arrays(float, (5, 1), elements=st.floats(0.01, 100)))
def test_el_coseno_no_depende_del_largo_y_la_distancia_si(A, factores):
    np.testing.assert_allclose(p.cosenos(factores * A, A), p.cosenos(A, A), atol=1e-9)
    doble = p.cuadrados_desarrollados(2 * A)
    np.testing.assert_allclose(doble, 4 * p.cuadrados_desarrollados(A), atol=1e-6)


@given(matrices(7))
def test_los_cuadrados_son_los_de_scipy(A):
    esperados = squareform(pdist(A, "sqeuclidean"))
    np.testing.assert_allclose(p.cuadrados_desarrollados(A), esperados, atol=1e-8)


def test_en_32_bits_el_cuadrado_desarrollado_pierde_las_cifras():
    lejos = (load_iris().data + 1000).astype("float32")
    con_resta = cdist(lejos, lejos, "sqeuclidean")
    assert np.abs(p.cuadrados_desarrollados(lejos) - con_resta).max() > 0.1
    centradas = lejos - lejos.mean(axis=0)
    assert np.abs(p.cuadrados_desarrollados(centradas) - con_resta).max() < 0.01


@given(matrices(40, 5), st.integers(1, 12))
def test_buscar_encuentra_lo_que_un_buscador_por_coseno(X, k):
    X = X + 1e-3 * np.arange(200).reshape(40, 5)  # sin filas nulas ni repetidas
    indices, c = p.buscar(X[0], X, k)
    distancias, _ = (
        NearestNeighbors(n_neighbors=k, metric="cosine").fit(X).kneighbors(X[:1])
    )
    np.testing.assert_allclose(c, 1 - distancias[0], atol=1e-12)
    np.testing.assert_allclose(c, p.cosenos(X[:1], X[indices])[0], atol=1e-12)
    assert len(set(indices)) == k


@given(st.integers(0, 2**31))
def test_la_precision_cuenta_los_diez_primeros_sin_uno_mismo(semilla):
    rng = np.random.default_rng(semilla)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
    vecinos = NearestNeighbors(n_neighbors=10).fit(X).kneighbors(return_distance=False)
    esperada = (y[vecinos] == y[:, None]).mean(axis=1)
    S = -p.cuadrados_desarrollados(X)
    np.testing.assert_allclose(p.precision_10(S, y), esperada)


@given(matrices(12))
def test_el_coseno_centrado_por_imagen_es_la_correlacion_de_pearson(X):
    X = X + np.arange(48).reshape(12, 4) ** 2  # sin filas constantes
    todas = dict(p.medidas(X))
    assert len(todas) == 5
    correlacion = np.corrcoef(X)
    np.testing.assert_allclose(
        todas["coseno centrado por imagen"], correlacion, atol=1e-6
    )
    np.testing.assert_allclose(-todas["distancia"], cdist(X, X) ** 2, atol=1e-6)


def test_las_flores_aciertan_como_dice_la_pagina():
    """144 de 150, también según scikit-learn; 131 y 142 en el ejercicio."""
    iris = load_iris()
    flores = np.rint(10 * iris.data)
    for X, esperados in (
        (flores, 144),
        (flores * [10, 1, 1, 1], 131),
        ((flores - flores.mean(axis=0)) / flores.std(axis=0), 142),
    ):
        S = -p.cuadrados_desarrollados(X)
        assert p.aciertos_vecina(S, iris.target) == esperados
    uno = KNeighborsClassifier(1, algorithm="brute")
    notas = cross_val_score(uno, flores, iris.target, cv=LeaveOneOut())
    assert notas.sum() == 144


def precision(X, y, metrica):
    """Precisión media entre los diez vecinos más cercanos, según scikit-learn."""
    buscador = NearestNeighbors(n_neighbors=10, metric=metrica, algorithm="brute")
    vecinos = buscador.fit(X).kneighbors(return_distance=False)
    return (y[vecinos] == y[:, None]).mean()


def test_en_los_digitos_gana_lo_que_dice_la_tabla():
    """Con scikit-learn: 96,5 la distancia, 96,3 el coseno; y la tinta no lo mueve."""
    X, y = load_digits(return_X_y=True)
    tinta = np.random.default_rng(0).uniform(0.3, 1, size=(len(X), 1))

    de_la_pagina = {m: p.precision_10(S, y).mean() for m, S in p.medidas(X)}
    assert de_la_pagina["distancia"] == pytest.approx(
        precision(X, y, "euclidean"), abs=1e-3
    )
    assert de_la_pagina["coseno"] == pytest.approx(precision(X, y, "cosine"), abs=1e-3)
    assert de_la_pagina["producto escalar"] < 0.75
    assert precision(X, y, "cosine") == precision(X * tinta, y, "cosine")
    assert precision(X * tinta, y, "euclidean") < precision(X, y, "euclidean") - 0.03


def test_en_los_digitos_la_distancia_y_el_coseno_casi_empatan():
    """Según scikit-learn, cuál va delante depende de la mitad que se mire."""
    X, y = load_digits(return_X_y=True)
    ventajas = []
    for semilla in range(12):
        mitad = np.random.default_rng(semilla).permutation(len(X))[: len(X) // 2]
        distancia = precision(X[mitad], y[mitad], "euclidean")
        ventajas.append(100 * (distancia - precision(X[mitad], y[mitad], "cosine")))
    assert -1 < min(ventajas) < -0.05 and 0.05 < max(ventajas) < 1


def test_cada_vuelta_de_agrupar_acerca_las_imagenes_a_su_centro():
    X, _ = load_digits(return_X_y=True)
    U = X / np.linalg.norm(X, axis=1, keepdims=True)

    def parecido(grupo):
        """Suma de cosenos con el centro propio: el largo de la suma de cada grupo."""
        return sum(np.linalg.norm(U[grupo == g].sum(axis=0)) for g in range(10))

    parecidos = [parecido(p.agrupar(U, U[:10], vueltas=n)) for n in (1, 2, 5, 20)]
    assert parecidos == sorted(parecidos) and parecidos[-1] > parecidos[0] + 1


@pytest.mark.parametrize("d", [3, 64, 768])
def test_los_cosenos_al_azar_se_desvian_uno_entre_raiz_de_d(d):
    azar = np.random.default_rng(d).normal(size=(400, d))
    c = p.cosenos(azar, azar)[np.triu_indices(400, k=1)]
    assert c.std() * np.sqrt(d) == pytest.approx(1, abs=0.02)
    assert abs(c.mean()) * np.sqrt(d) < 0.05


@pytest.mark.marcos
def test_los_epsilon_de_las_bibliotecas_siguen_siendo_los_de_la_pagina():
    import keras
    import torch
    from torch.nn import functional as F

    diminuto = np.array([[1e-9, 0.0]], "float32")
    eje = np.array([[1.0, 0.0]], "float32")
    en_torch = F.cosine_similarity(torch.tensor(diminuto), torch.tensor(eje))
    assert float(en_torch) == pytest.approx(0.1, rel=1e-4)
    en_keras = keras.ops.convert_to_numpy(keras.ops.normalize(diminuto, axis=1))
    assert en_keras[0, 0] == pytest.approx(0.01, rel=1e-4)
    assert p.cosenos(diminuto.astype(float), eje)[0, 0] == pytest.approx(1)
