"""«Derivar en PyTorch, TensorFlow y JAX»: lo que define la página, contra otros."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.differentiate import derivative, jacobian
from scipy.special import expit

PAGINA = "book/03-diferenciacion/bibliotecas.md"
p = definiciones(
    PAGINA,
    "f",
    "fuga",
    "repetir",
    "visitar",
    "A",
    "objetivo",
    "enteros",
    "arranque",
    "X",
    "y",
    "por_ejemplo",
)
vectores = arrays("float32", 4, elements=st.floats(-30, 30, width=32))


@given(st.floats(-100, 100))
def test_la_derivada_de_f(x):
    assert derivative(p.f, x).df == pytest.approx(2 * x + 2, rel=1e-6, abs=1e-6)


@given(st.floats(-100, 100))
def test_fuga(x):
    assert p.fuga(x) == pytest.approx(np.maximum(x, 0.1 * x))


@given(st.integers(0, 30), st.floats(-2, 2))
def test_repetir(veces, x):
    assert p.repetir(lambda v: v + 1, x, veces) == pytest.approx(x + veces)


def test_los_gradientes_por_ejemplo():
    """La fórmula con que se comparan los tres marcos, contra diferencias."""

    def perdidas(t):  # (4, …) -> (8, …)
        prediccion = np.einsum("nd,d...->n...", p.X.astype(float), t[:3]) + t[3]
        return (prediccion - p.y.reshape(-1, *[1] * (t.ndim - 1))) ** 2

    numerico = jacobian(perdidas, np.zeros(4)).df
    np.testing.assert_allclose(p.por_ejemplo, numerico[:, :3], rtol=1e-5, atol=1e-6)


@pytest.mark.marcos
@settings(max_examples=12)
@given(vectores, vectores)
def test_redondear_es_redondear_y_su_vuelta_la_identidad(w, g):
    import jax
    import tensorflow as tf
    import torch

    q = definiciones(
        PAGINA, "Redondear", "redondear_ks", "corte_pt", "corte_ks", "corte_jx"
    )
    w_pt = torch.tensor(w, requires_grad=True)
    for ste in (q.Redondear.apply, q.corte_pt):
        salida = ste(w_pt)
        np.testing.assert_allclose(salida.detach(), np.round(w), atol=1e-5)
        (vuelta,) = torch.autograd.grad(salida, w_pt, torch.tensor(g))
        np.testing.assert_array_equal(vuelta, g)
    for ste in (q.redondear_ks, q.corte_ks):
        with tf.GradientTape() as cinta:
            w_ks = tf.constant(w)
            cinta.watch(w_ks)
            salida = ste(w_ks)
        np.testing.assert_allclose(salida, np.round(w), atol=1e-5)
        np.testing.assert_array_equal(
            cinta.gradient(salida, w_ks, output_gradients=tf.constant(g)), g
        )
    salida, vuelve = jax.vjp(q.corte_jx, w)
    np.testing.assert_allclose(salida, np.round(w), atol=1e-5)
    np.testing.assert_array_equal(vuelve(g)[0], g)


@pytest.mark.marcos
@settings(max_examples=15)
@given(vectores)
def test_log1pexp_y_su_gradiente(x):
    import tensorflow as tf
    import torch

    q = definiciones(PAGINA, "Log1pExp", "log1pexp_ks")
    x = 5 * x  # hasta 150: la escrita tal cual desborda
    valor, pendiente = np.logaddexp(0, x.astype(float)), expit(x.astype(float))
    x_pt = torch.tensor(x, requires_grad=True)
    salida = q.Log1pExp.apply(x_pt)
    (vuelta,) = torch.autograd.grad(salida.sum(), x_pt)
    x_ks = tf.constant(x)
    with tf.GradientTape() as cinta:
        cinta.watch(x_ks)
        salida_ks = q.log1pexp_ks(x_ks)
    for obtenido, esperado in (
        (salida.detach(), valor),
        (salida_ks, valor),
        (vuelta, pendiente),
        (cinta.gradient(salida_ks, x_ks), pendiente),
    ):
        np.testing.assert_allclose(obtenido, esperado, rtol=1e-5, atol=1e-37)


@pytest.mark.marcos
def test_log1pexp_pasa_gradcheck():
    import torch

    x = torch.linspace(-20, 20, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        definiciones(PAGINA, "Log1pExp").Log1pExp.apply, x + 0.3
    )


def descenso_entero():
    """El entrenamiento de la página en NumPy y 64 bits, y su menor distancia a ,5."""
    w, margen, datos = p.arranque.astype(float), 1.0, p.A.astype(float)
    for _ in range(60):
        margen = min(margen, np.abs(w - np.floor(w) - 0.5).min())
        w -= 0.05 * 2 * datos.T @ (datos @ (np.round(w) - p.enteros)) / len(datos)
    return np.round(w), margen


def test_el_estimador_llega_y_lejos_de_los_empates():
    """Si un peso rozara ,5, otra máquina podría redondear al otro lado."""
    final, margen = descenso_entero()
    np.testing.assert_array_equal(final, p.enteros)
    assert margen > 1e-4
    np.testing.assert_allclose(p.objetivo, p.A @ p.enteros, rtol=1e-5)


@settings(max_examples=20)
@given(st.integers(-3, 3), st.floats(0.1, 0.9), st.sampled_from([0.1, 0.03, 0.01]))
def test_la_media_de_los_visitados_es_el_destino(entero, resto, tasa):
    """La cuenta del ejercicio: ni se para ni depende de la tasa."""
    vistos = p.visitar(entero + resto, tasa)
    assert set(vistos) == {entero, entero + 1}
    assert np.mean(vistos == entero + 1) == pytest.approx(resto, abs=0.01)
