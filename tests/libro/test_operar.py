"""«Elegir, agregar y operar»: lo que define la página, contra NumPy, SciPy y otras."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.stats import zscore
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

PAGINA = "book/02-tensores/operar.md"
p = definiciones(
    PAGINA, "estadisticos", "hipotenusas", "largo", "mas_cercana", "juntar"
)
numeros = st.floats(-100, 100)
semillas = st.integers(0, 2**31)


@given(semillas, st.integers(2, 40), st.integers(1, 6))
def test_estandarizar_es_el_zscore_de_scipy(semilla, n, d):
    X = np.random.default_rng(semilla).normal(5, 3, size=(n, d))
    media, s = p.estadisticos(X)
    Z = (X - media) / s
    np.testing.assert_allclose(Z, zscore(X, axis=0), atol=1e-9)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(Z.std(axis=0), 1, atol=1e-9)


@given(semillas, st.integers(2, 40), numeros)
def test_con_columnas_constantes_es_standard_scaler(semilla, n, valor):
    X = np.random.default_rng(semilla).normal(5, 3, size=(n, 3))
    X[:, 1] = valor
    nuevas = X + 1
    media, s = p.estadisticos(X)
    escala = StandardScaler().fit(X)
    np.testing.assert_allclose(s, escala.scale_, rtol=1e-9)
    assert s[1] == 1
    np.testing.assert_allclose((X - media) / s, escala.transform(X), atol=1e-9)
    np.testing.assert_allclose(
        (nuevas - media) / s, escala.transform(nuevas), atol=1e-9
    )


def test_la_desviacion_de_una_constante_puede_no_ser_cero():
    C = np.column_stack([np.full(10, 0.1), np.arange(10)])
    assert C.std(axis=0)[0] != 0  # por eso no se pregunta por la desviación
    assert p.estadisticos(C)[1][0] == 1


@given(semillas, st.integers(0, 30))
def test_las_hipotenusas_son_las_de_numpy(semilla, n):
    a, b = np.random.default_rng(semilla).normal(size=(2, n))
    esperadas = np.hypot(a, b)
    np.testing.assert_allclose(p.hipotenusas(a.tolist(), b.tolist()), esperadas)


@given(
    st.integers(0, 12), st.integers(-15, 15), st.integers(-15, 15), st.integers(1, 5)
)
def test_el_largo_es_el_del_segmento_de_python(n, a, b, paso):
    assert p.largo(n, a, b, paso) == len(range(n)[a:b:paso])
    assert p.largo(n, a, b, paso) == np.zeros(n)[a:b:paso].size


@given(semillas, st.integers(2, 6))
def test_la_media_mas_cercana_es_nearest_centroid(semilla, k):
    rng = np.random.default_rng(semilla)
    X, clases = rng.normal(size=(60, 4)), np.arange(60) % k
    nuevas = rng.normal(size=(25, 4))
    medias = np.stack([X[clases == c].mean(axis=0) for c in range(k)])
    esperadas = NearestCentroid().fit(X, clases).predict(nuevas)
    np.testing.assert_array_equal(p.mas_cercana(nuevas, medias), esperadas)


@given(arrays(float, (30, 2), elements=numeros), st.lists(st.integers(1, 29)))
def test_juntar_lotes_da_la_media_y_la_varianza_de_todo(X, cortes):
    lotes = np.split(X, sorted(set(cortes)))
    total, escala = (0, np.zeros(2), np.zeros(2)), StandardScaler()
    for lote in lotes:
        total = p.juntar(total, (len(lote), lote.mean(axis=0), lote.var(axis=0)))
        escala.partial_fit(lote)
    filas, media, varianza = total
    assert filas == 30
    np.testing.assert_allclose(media, X.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(varianza, X.var(axis=0), atol=1e-8)
    np.testing.assert_allclose(media, escala.mean_, atol=1e-9)
    np.testing.assert_allclose(varianza, escala.var_, atol=1e-8)


@pytest.mark.marcos
@given(arrays(np.float32, (7, 3), elements=st.floats(-50, 50, width=32)))
def test_la_desviacion_de_cada_biblioteca(X):
    import jax.numpy as jnp
    import pandas as pd
    import torch
    from keras import ops

    entre_n, entre_n_menos_1 = X.std(axis=0), X.std(axis=0, ddof=1)
    cerca = {"rtol": 1e-3, "atol": 1e-3}
    t = torch.tensor(X)
    np.testing.assert_allclose(t.std(dim=0), entre_n_menos_1, **cerca)
    np.testing.assert_allclose(t.std(dim=0, correction=0), entre_n, **cerca)
    np.testing.assert_allclose(pd.DataFrame(X).std(), entre_n_menos_1, **cerca)
    np.testing.assert_allclose(jnp.asarray(X).std(axis=0), entre_n, **cerca)
    de_keras = ops.convert_to_numpy(ops.std(ops.array(X), axis=0))
    np.testing.assert_allclose(de_keras, entre_n, **cerca)


@pytest.mark.marcos
def test_la_desviacion_de_una_fila_en_pytorch_no_existe():
    import torch

    with pytest.warns(UserWarning, match="degrees of freedom"):
        assert torch.tensor([3.0]).std().isnan()
    assert torch.tensor([3.0]).std(correction=0) == 0


@pytest.mark.marcos
@given(st.integers(-20, 20))
def test_un_indice_que_no_existe(i):
    import jax.numpy as jnp
    import torch

    v = np.array([10.0, 20.0, 30.0, 40.0], dtype="float32")
    if -4 <= i < 4:
        assert torch.tensor(v)[i] == v[i] == float(jnp.asarray(v)[i])
        return
    with pytest.raises(IndexError):
        v[i]
    with pytest.raises(IndexError):
        torch.tensor(v)[i]
    x = jnp.asarray(v)
    indice = jnp.array([i])
    assert float(x[indice][0]) == (40 if i > 0 else 10)  # el más cercano
    np.testing.assert_array_equal(x.at[indice].set(0), v)  # no escribe
    assert np.isnan(jnp.take(x, indice)[0])
    assert float(x.at[indice].get(mode="fill", fill_value=-1)[0]) == -1


@pytest.mark.marcos
def test_un_segmento_que_se_sale_se_recorta_en_todos():
    import jax.numpy as jnp
    import torch
    from keras import ops

    v = np.arange(4.0, dtype="float32")
    for x in (v, torch.tensor(v), jnp.asarray(v), ops.array(v)):
        assert tuple(x[1:9].shape) == (3,)
        assert tuple(x[6:9].shape) == (0,)


@pytest.mark.marcos
def test_el_empate_de_argmax_es_del_primero_en_todos():
    import jax.numpy as jnp
    import torch
    from keras import ops

    v = np.array([1.0, 3.0, 3.0, 2.0], dtype="float32")
    for donde in (v.argmax(), torch.tensor(v).argmax(), jnp.asarray(v).argmax()):
        assert int(donde) == 1
    assert int(ops.argmax(ops.array(v))) == 1


@pytest.mark.marcos
def test_con_etiquetas_de_uno_a_diez_jax_junta_las_dos_ultimas():
    import jax.numpy as jnp

    logp = jnp.asarray(np.random.default_rng(0).normal(size=(2, 10)))
    leido = logp[jnp.arange(2), jnp.array([9, 10])]
    np.testing.assert_array_equal(leido, logp[:, 9])
