"""«Matrices y lotes»: lo que define la página, contra NumPy, PyTorch y la cuenta."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.special import softmax

PAGINA = "book/02-tensores/matrices.md"
p = definiciones(
    PAGINA, "contar", "intensidad", "media_enmascarada", "por_bloques", "producto"
)
lados = st.integers(1, 6)
semillas = st.integers(0, 2**31)


@given(lados, lados, lados, semillas)
def test_el_triple_bucle_es_el_producto_de_numpy(m, n, k, semilla):
    rng = np.random.default_rng(semilla)
    A, B = rng.normal(size=(m, n)), rng.normal(size=(n, k))
    np.testing.assert_allclose(p.producto(A, B), np.matmul(A, B), atol=1e-12)


@given(lados, lados, lados, lados)
def test_el_triple_bucle_rechaza_lo_que_rechaza_numpy(m, n, n_b, k):
    A, B = np.ones((m, n)), np.ones((n_b, k))
    if n == n_b:
        assert p.producto(A, B).shape == (m, k)
        return
    with pytest.raises(ValueError, match=f"{n} no es {n_b}"):
        p.producto(A, B)
    with pytest.raises(ValueError):
        A @ B


@given(lados, lados, lados, semillas)
def test_transponer_o_agrupar_no_cambia_las_operaciones(m, n, lote, semilla):
    rng = np.random.default_rng(semilla)
    A, v, V = rng.normal(size=(m, n)), rng.normal(size=n), rng.normal(size=(n, lote))
    esperadas = np.array([m * n, m * (n - 1)])
    np.testing.assert_array_equal(p.contar(A, v), esperadas)
    np.testing.assert_array_equal(p.contar(v, A.T), esperadas)
    np.testing.assert_array_equal(p.contar(A, V), lote * esperadas)


@given(st.integers(2, 5000), st.integers(2, 5000), st.integers(1, 5000))
def test_la_intensidad_crece_con_el_lote_hasta_su_techo(m, n, lote):
    una, varias = p.intensidad(m, n, 1), p.intensidad(m, n, lote)
    assert una < 0.5 and una <= varias < m * n / (2 * (m + n))
    operaciones = 2 * m * n * lote
    numeros = sum(forma[0] * forma[1] for forma in ((m, n), (n, lote), (m, lote)))
    assert varias == pytest.approx(operaciones / (numeros * np.float32().nbytes))


@given(
    arrays(float, (4, 6, 3), elements=st.floats(-100, 100)),
    arrays(bool, (4, 6)),
    st.sampled_from([0.0, np.nan, np.inf, 1e300]),
)
def test_la_media_enmascarada_no_mira_el_relleno(S, mascara, relleno):
    """Con la máscara que sea y el relleno que sea, como las medias de NumPy."""
    S = np.where(mascara[..., None], S, relleno)
    obtenida = p.media_enmascarada(S, mascara)
    for fila, deja, media in zip(S, mascara, obtenida, strict=True):
        esperada = fila[deja].mean(axis=0) if deja.any() else np.zeros(3)
        np.testing.assert_allclose(media, esperada, atol=1e-10)


@given(st.sampled_from([1, 2, 3, 4, 6, 12]), semillas)
def test_por_bloques_multiplica_bien_y_lee_lo_que_dice(t, semilla):
    rng = np.random.default_rng(semilla)
    A, B = rng.normal(size=(12, 12)), rng.normal(size=(12, 12))
    C, leidos = p.por_bloques(A, B, t)
    np.testing.assert_allclose(C, A @ B, atol=1e-10)
    assert leidos == 2 * 12**3 // t


@pytest.mark.marcos
@given(semillas, st.integers(1, 5), st.integers(1, 5))
def test_la_capa_de_jax_es_la_de_torch_con_los_pesos_transpuestos(semilla, d, k):
    import torch

    capa = definiciones(PAGINA, "capa_jx").capa_jx
    rng = np.random.default_rng(semilla)
    X, W, b = rng.normal(size=(7, d)), rng.normal(size=(d, k)), rng.normal(size=k)
    X, W, b = (a.astype("float32") for a in (X, W, b))
    lineal = torch.nn.functional.linear(*(torch.tensor(a) for a in (X, W.T.copy(), b)))
    esperada = torch.relu(lineal)
    np.testing.assert_allclose(capa({"W": W, "b": b}, X), esperada, atol=1e-5)


@pytest.mark.marcos
def test_las_tres_softmax_con_mascara_hacen_lo_que_dice_la_pagina():
    import jax
    import keras
    import torch

    rng = np.random.default_rng(0)
    puntos = rng.normal(size=(3, 6)).astype("float32")
    deja = np.arange(6) < np.array([[6], [2], [0]])
    tapados = torch.tensor(puntos).masked_fill(~torch.tensor(deja), -torch.inf)
    en_torch = torch.softmax(tapados, dim=1).numpy()
    en_keras = keras.ops.softmax(keras.ops.where(deja, puntos, -1e9), axis=1)
    en_keras = keras.ops.convert_to_numpy(en_keras)
    en_jax = np.asarray(jax.nn.softmax(puntos, axis=1, where=deja))
    for i, largo in enumerate((6, 2)):
        esperada = np.zeros(6)
        esperada[:largo] = softmax(puntos[i, :largo])
        for pesos in (en_torch, en_keras, en_jax):
            np.testing.assert_allclose(pesos[i], esperada, atol=1e-6)
    assert np.isnan(en_torch[2]).all()
    np.testing.assert_allclose(en_keras[2], 1 / 6, atol=1e-6)
    np.testing.assert_array_equal(en_jax[2], np.zeros(6))
