"""«Broadcasting»: lo que define la página, contra NumPy, SciPy y los propios marcos."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, mutually_broadcastable_shapes
from paginas import definiciones
from scipy.spatial.distance import cdist
from sklearn.preprocessing import label_binarize

PAGINA = "book/02-tensores/broadcasting.md"
p = definiciones(
    PAGINA,
    "ajustar",
    "forma_comun",
    "estirar",
    "distancias2",
    "uno_de_k",
    "encoger",
)
formas = st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple)
numeros = st.floats(-10, 10)


@given(formas, formas)
def test_la_forma_comun_es_la_de_numpy_y_falla_cuando_numpy(a, b):
    try:
        esperada = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError, match="ni son iguales ni hay un 1"):
            p.forma_comun(a, b)
    else:
        assert p.forma_comun(a, b) == esperada
        assert p.forma_comun(b, a) == esperada


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=5, min_side=0))
def test_la_forma_comun_de_formas_que_encajan(dos):
    assert p.forma_comun(*dos.input_shapes) == dos.result_shape


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4), st.integers(0, 2**31))
def test_estirar_y_encoger(dos, semilla):
    rng = np.random.default_rng(semilla)
    pequena = dos.input_shapes[0]
    a, G = rng.normal(size=pequena), rng.normal(size=dos.result_shape)
    estirado = p.estirar(a, G.shape)
    np.testing.assert_array_equal(estirado, np.broadcast_to(a, G.shape))
    assert np.shares_memory(estirado, a) and not estirado.flags.writeable
    encogido = p.encoger(G, pequena)
    assert encogido.shape == pequena
    np.testing.assert_allclose((G * estirado).sum(), (encogido * a).sum(), atol=1e-9)


@given(array_shapes(max_dims=3), array_shapes(max_dims=3))
def test_estirar_solo_acepta_formas_a_las_que_se_llega(origen, destino):
    a = np.zeros(origen)
    try:
        np.broadcast_to(a, destino)
    except ValueError:
        with pytest.raises(ValueError):
            p.estirar(a, destino)
    else:
        assert p.estirar(a, destino).shape == destino


puntos = st.integers(0, 2**31).map(
    lambda semilla: np.random.default_rng(semilla).uniform(-1, 1, size=(2, 15))
)


@given(puntos)
def test_ajustar_encuentra_la_recta_o_la_media_segun_la_forma(datos):
    x, y = datos
    w, b, costes = p.ajustar(x[:, None], y[:, None], pasos=600, tasa=0.3)
    np.testing.assert_allclose([w, b], np.polyfit(x, y, 1), atol=1e-6)
    assert costes[-1] <= costes[0]
    w, b, costes = p.ajustar(x[:, None], y, pasos=600, tasa=0.3)
    np.testing.assert_allclose([w, b], [0, y.mean()], atol=1e-6)
    assert costes[-1] == pytest.approx(y.var())


@given(arrays(float, 12, elements=numeros), arrays(float, 12, elements=numeros))
def test_el_coste_cruzado_es_el_de_la_formula(prediccion, y):
    cruzado = np.mean((prediccion[:, None] - y) ** 2)
    formula = np.mean((prediccion - y.mean()) ** 2) + y.var()
    assert cruzado == pytest.approx(formula, abs=1e-9)


@given(
    arrays(float, (7, 3), elements=numeros),
    arrays(float, (4, 3), elements=numeros),
)
def test_las_distancias_son_las_de_scipy(A, B):
    esperadas = cdist(A, B, "sqeuclidean")
    np.testing.assert_allclose(p.distancias2(A, B), esperadas, atol=1e-10)


@given(arrays(int, st.integers(1, 20), elements=st.integers(0, 4)))
def test_uno_de_k_es_la_de_scikit_learn(clases):
    esperada = label_binarize(clases, classes=range(5))
    np.testing.assert_array_equal(p.uno_de_k(clases, 5), esperada)


@given(st.integers(1, 6), st.integers(1, 6))
def test_restar_la_media_de_las_filas_calla_si_es_cuadrada_o_hay_un_uno(n, d):
    A = np.arange(float(n * d)).reshape(n, d) ** 2
    if n != d and 1 not in (n, d):
        with pytest.raises(ValueError):
            A - A.mean(axis=1)
    elif n > 1:
        assert not np.allclose((A - A.mean(axis=1)).mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(
        (A - A.mean(axis=1, keepdims=True)).mean(axis=1), 0, atol=1e-12
    )


@pytest.mark.marcos
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4), st.integers(0, 2**31))
def test_encoger_es_el_gradiente_de_pytorch(dos, semilla):
    import torch

    rng = np.random.default_rng(semilla)
    G = rng.normal(size=dos.result_shape)
    a = torch.tensor(rng.normal(size=dos.input_shapes[0]), requires_grad=True)
    (torch.tensor(G) * a).sum().backward()
    np.testing.assert_allclose(p.encoger(G, dos.input_shapes[0]), a.grad, atol=1e-12)


@pytest.mark.marcos
@given(formas, formas)
def test_los_marcos_siguen_las_mismas_reglas(a, b):
    import jax.numpy as jnp
    import torch

    try:
        esperada = p.forma_comun(a, b)
    except ValueError:
        with pytest.raises(RuntimeError):
            torch.broadcast_shapes(a, b)
        with pytest.raises(ValueError):
            jnp.broadcast_shapes(a, b)
    else:
        assert torch.broadcast_shapes(a, b) == esperada
        assert jnp.broadcast_shapes(a, b) == esperada


@pytest.mark.marcos
def test_lo_que_hace_cada_perdida_con_las_formas_cruzadas():
    import jax
    import jax.numpy as jnp
    import keras
    import optax
    import torch

    pred, y = np.arange(4.0)[:, None].astype("float32"), np.array([1, 3, 5, 9.0])
    bueno, cruzado = np.mean((pred[:, 0] - y) ** 2), np.mean((pred - y) ** 2)
    with pytest.warns(UserWarning, match="different to the input size"):
        valor = torch.nn.functional.mse_loss(torch.tensor(pred), torch.tensor(y))
    assert valor.item() == pytest.approx(cruzado)
    assert float(keras.losses.MeanSquaredError()(y, pred)) == pytest.approx(bueno)
    with pytest.raises(ValueError):
        optax.squared_error(jnp.asarray(pred), jnp.asarray(y, "float32"))
    with jax.numpy_rank_promotion("raise"), pytest.raises(ValueError):
        jnp.asarray(pred) - jnp.asarray(y, "float32")


@pytest.mark.marcos
def test_en_keras_la_funcion_se_arregla_y_la_subclase_no():
    import keras
    from keras import ops

    pagina = definiciones(PAGINA, "CuadraticoAMano")
    x = np.linspace(0, 1, 20, dtype="float32")[:, None]
    y = 3 * x[:, 0] + 1
    costes = []
    for perdida in (lambda y, p: ops.mean((p - y) ** 2), pagina.CuadraticoAMano()):
        capa = keras.layers.Dense(1, kernel_initializer="zeros")
        modelo = keras.Sequential([keras.Input((1,)), capa])
        modelo.compile(optimizer=keras.optimizers.SGD(0.0), loss=perdida)
        modelo.set_weights([np.full((1, 1), 3.0), np.full(1, 1.0)])
        costes.append(float(modelo.train_on_batch(x, y)))
    assert costes[0] == pytest.approx(0, abs=1e-6)  # la recta buena no paga nada…
    assert costes[1] == pytest.approx(2 * y.var(), rel=1e-5)  # …y aquí, el doble


@pytest.mark.marcos
def test_transponer_un_vector_suelto():
    import jax.numpy as jnp
    import torch

    v = np.arange(3.0)
    assert v.T.shape == (3,) and jnp.asarray(v).T.shape == (3,)
    with pytest.raises(ValueError):
        _ = v.mT
    with pytest.raises(RuntimeError):
        _ = torch.tensor(v).mT
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError):
            _ = jnp.asarray(v).mT
