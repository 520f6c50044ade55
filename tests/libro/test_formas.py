"""«Formas, vistas y copias»: lo que define la página, contra NumPy y PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from paginas import definiciones

PAGINA = "book/02-tensores/formas.md"
p = definiciones(
    PAGINA,
    *("zancadas", "elemento", "es_contiguo", "borrar_el_segundo"),
    *("mosaico", "parches", "ventanas"),
)
formas = st.lists(st.integers(1, 5), max_size=4).map(tuple)


def en_elementos(t: np.ndarray) -> tuple[int, ...]:
    return tuple(s // t.itemsize for s in t.strides)


@st.composite
def vistas(draw) -> tuple[np.ndarray, np.ndarray]:
    """Una tira y una vista suya: permutada y con segmentos de paso positivo."""
    forma = draw(formas)
    tira = np.arange(math.prod(forma))
    t = tira.reshape(forma).transpose(draw(st.permutations(range(len(forma)))))
    cortes = tuple(
        slice(draw(st.integers(0, s - 1)), None, draw(st.integers(1, 3)))
        for s in t.shape
    )
    return tira, t[cortes] if cortes else t


@given(formas)
def test_las_zancadas_de_un_contiguo_son_las_de_numpy(forma):
    assert p.zancadas(forma) == en_elementos(np.empty(forma))


@given(vistas())
def test_elemento_encuentra_cada_numero_de_cualquier_vista(par):
    tira, t = par
    inicio = int(t.flat[0])  # cada número es su posición en la tira
    for indices in np.ndindex(t.shape):
        assert p.elemento(tira, indices, en_elementos(t), inicio) == t[indices]


@given(vistas())
def test_contiguo_es_lo_que_numpy_llama_contiguo(par):
    _, t = par
    assert p.es_contiguo(t.shape, en_elementos(t)) == t.flags.c_contiguous


@given(
    st.tuples(*[st.integers(3, 6)] * 3),
    st.permutations(range(3)),
    st.tuples(*[st.integers(1, 2)] * 3),
    st.sampled_from([0, 1]),
)
def test_dos_ejes_se_funden_sin_copiar_si_cumplen_la_condicion(forma, p, pasos, k):
    t = np.arange(math.prod(forma)).reshape(forma).transpose(p)
    t = t[tuple(slice(None, None, paso) for paso in pasos)]
    a, b = t.shape[k], t.shape[k + 1]
    forma, z = (*t.shape[:k], a * b, *t.shape[k + 2 :]), en_elementos(t)
    try:
        np.reshape(t, forma, copy=False)
        sin_copiar = True
    except ValueError:
        sin_copiar = False
    assert sin_copiar == (z[k] == b * z[k + 1])


def test_escribir_en_un_reshape_unas_veces_cambia_el_original_y_otras_no():
    contigua = np.arange(1, 7).reshape(2, 3)
    transpuesta = contigua.copy().T
    p.borrar_el_segundo(contigua)
    p.borrar_el_segundo(transpuesta)
    assert 0 in contigua and 0 not in transpuesta


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_el_mosaico_es_el_de_bloques_y_los_parches_lo_deshacen(filas, columnas, h, w):
    forma = (filas * columnas, h, w, 3)
    lote = np.arange(math.prod(forma)).reshape(forma)
    bloques = [list(lote[f * columnas : (f + 1) * columnas]) for f in range(filas)]
    esperado = np.concatenate([np.concatenate(f, axis=1) for f in bloques], axis=0)
    entero = p.mosaico(lote, filas)
    np.testing.assert_array_equal(entero, esperado)
    np.testing.assert_array_equal(p.parches(entero, h, w), lote)


@given(st.integers(1, 30), st.integers(1, 3), st.data())
def test_las_ventanas_no_copian_y_son_las_de_numpy(n, paso, data):
    serie = np.arange(n * paso, dtype=float)[::paso]
    k = data.draw(st.integers(1, n))
    V = p.ventanas(serie, k)
    np.testing.assert_array_equal(V, sliding_window_view(serie, k))
    assert np.shares_memory(V, serie) and not V.flags.writeable


def test_las_cifras_de_la_autoevaluacion():
    z = p.zancadas((32, 3, 84, 84))
    assert z == (21_168, 7056, 84, 1)
    assert sum(i * s for i, s in zip((1, 2, 0, 5), z, strict=True)) == 35_285
    t = np.empty((2, 4, 3)).swapaxes(1, 2)
    assert t.shape == (2, 3, 4) and en_elementos(t) == (12, 1, 3)
    for forma in ((6, 4), (2, 12)):
        with pytest.raises(ValueError):
            np.reshape(t, forma, copy=False)
    assert sum(range(1, 1001)) == 500_500


@pytest.mark.marcos
@given(vistas())
def test_pytorch_llama_contiguo_a_lo_mismo_y_view_falla_donde_se_dice(par):
    import torch

    _, t = par
    t_pt = torch.from_numpy(t)
    contiguo = p.es_contiguo(tuple(t_pt.shape), t_pt.stride())
    assert contiguo == t_pt.is_contiguous()
    if contiguo:
        assert t_pt.view(-1).data_ptr() == t_pt.data_ptr()
    np.testing.assert_array_equal(t_pt.reshape(-1), t.reshape(-1))


@pytest.mark.marcos
def test_squeeze_de_un_eje_que_no_mide_uno():
    import jax.numpy as jnp
    import keras
    import torch
    from keras import ops

    def con_keras():
        return ops.squeeze(ops.zeros((1, 3)), axis=1)

    assert torch.zeros(1, 3).squeeze(1).shape == (1, 3)  # en silencio
    fallan = [
        lambda: np.zeros((1, 3)).squeeze(1),
        lambda: jnp.zeros((1, 3)).squeeze(1),
    ]
    if keras.backend.backend() == "torch":
        assert con_keras().shape == (1, 3)
    else:
        fallan.append(con_keras)
    for falla in fallan:
        with pytest.raises(ValueError):
            falla()
