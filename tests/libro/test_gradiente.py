"""«Gradiente, jacobiano y Taylor»: lo de la página, contra referencias ajenas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy import differentiate, special
from scipy.integrate import solve_ivp
from scipy.optimize import approx_fprime

PAGINA = "book/03-diferenciacion/gradiente.md"
p = definiciones(
    PAGINA,
    "relieve",
    "gradiente_relieve",
    "hessiano_relieve",
    "parciales_num",
    "punto",
    "softmax",
    "jacobiano_softmax",
    "taylor",
    "pasear",
    "relieve_y",
    "pliegue",
)
planos = arrays(float, 2, elements=st.floats(-2, 2))
logits = arrays(float, st.integers(1, 6), elements=st.floats(-8, 8))


def relieve_scipy(x):
    """La misma función, con las coordenadas en el primer eje, como las quiere SciPy."""
    return x[0] * np.exp(-(x[0] ** 2) - x[1] ** 2)


@given(planos)
def test_el_gradiente_es_el_de_scipy(x):
    assert p.relieve(x) == pytest.approx(relieve_scipy(x), abs=1e-15)
    obtenido = p.gradiente_relieve(x)
    np.testing.assert_allclose(
        obtenido, differentiate.jacobian(relieve_scipy, x).df, atol=1e-7
    )
    np.testing.assert_allclose(
        obtenido, approx_fprime(x, relieve_scipy, 1e-7), atol=1e-5
    )
    np.testing.assert_allclose(p.parciales_num(p.relieve, x), obtenido, atol=1e-8)


@given(arrays(float, (4, 3, 2), elements=st.floats(-2, 2)))
def test_relieve_y_gradiente_admiten_lotes(X):
    for i, j in np.ndindex(4, 3):
        np.testing.assert_allclose(p.relieve(X)[i, j], relieve_scipy(X[i, j]))
        np.testing.assert_allclose(
            p.gradiente_relieve(X)[i, j], p.gradiente_relieve(X[i, j])
        )


@given(planos)
def test_el_hessiano_es_el_de_scipy(x):
    esperado = differentiate.hessian(relieve_scipy, x).ddf
    np.testing.assert_allclose(p.hessiano_relieve(x), esperado, atol=1e-5)


@given(arrays(float, (3, 4), elements=st.floats(-2, 2)), st.integers(0, 2**31))
def test_parciales_num_da_el_jacobiano_con_una_fila_por_salida(A, semilla):
    x = np.random.default_rng(semilla).uniform(-1, 1, 4)
    J = p.parciales_num(lambda t: np.sin(A @ t), x)
    assert J.shape == (3, 4)
    np.testing.assert_allclose(J, np.cos(A @ x)[:, None] * A, atol=1e-8)


@given(planos, st.floats(0, 2 * np.pi))
def test_ninguna_direccion_sube_mas_que_el_gradiente(x, angulo):
    g = p.gradiente_relieve(x)
    norma = np.linalg.norm(g)
    u = np.array([np.cos(angulo), np.sin(angulo)])
    h = 1e-6
    medida = (p.relieve(x + h * u) - p.relieve(x - h * u)) / (2 * h)
    assert medida <= norma + 1e-8
    assert medida == pytest.approx(g @ u, abs=1e-8)


@given(logits)
def test_la_softmax_y_su_jacobiano(z):
    np.testing.assert_allclose(p.softmax(z), special.softmax(z), rtol=1e-12)
    J = p.jacobiano_softmax(z)
    esperado = differentiate.jacobian(lambda t: special.softmax(t, axis=0), z).df
    np.testing.assert_allclose(J, esperado, atol=1e-7)
    np.testing.assert_allclose(J.sum(axis=0), 0, atol=1e-15)


def test_la_softmax_no_desborda():
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_allclose(p.softmax(np.array([1000.0, 0.0])), [1, 0])


@given(st.floats(0, 2 * np.pi), st.integers(0, 2))
def test_el_resto_de_taylor_es_del_orden_dicho(angulo, orden):
    """El resto no pasa de una constante por el paso elevado a orden + 1."""
    u = np.array([np.cos(angulo), np.sin(angulo)])
    for paso in (1e-1, 1e-2, 1e-3):
        resto = abs(relieve_scipy(p.punto + paso * u) - p.taylor(paso * u, orden))
        assert resto <= 2.5 * paso ** (orden + 1) / (orden + 1) + 1e-15


def test_pasear_sigue_la_curva_y_el_gradiente():
    """Contra un integrador de ecuaciones diferenciales, de la misma longitud."""

    def unitario(girar):
        def campo(_, x):
            g = approx_fprime(x, relieve_scipy, 1e-8)
            g = np.array([-g[1], g[0]]) if girar else g
            return g / np.linalg.norm(g)

        return campo

    for girar, pasos in ((True, 2000), (False, 400)):  # antes de llegar a la cima

        def direccion(g, girar=girar):
            return np.array([-g[1], g[0]]) if girar else g

        final = solve_ivp(unitario(girar), (0, pasos * 0.001), p.punto, rtol=1e-8).y
        obtenido = p.pasear(p.punto, direccion, pasos=pasos, largo=0.001)
        np.testing.assert_allclose(obtenido, final[:, -1], atol=0.004)


@given(planos)
def test_el_cambio_de_unidades(x):
    y = x * [10, 1]
    assert p.relieve_y(y) == pytest.approx(relieve_scipy(x), abs=1e-14)


@given(st.floats(0, 2 * np.pi), st.floats(1e-6, 2))
def test_el_pliegue_es_recto_en_cada_direccion(angulo, h):
    u = np.array([np.cos(angulo), np.sin(angulo)])
    assume(np.linalg.norm(h * u) > 0)
    assert p.pliegue(h * u) / h == pytest.approx(u[0] ** 2 * u[1], abs=1e-12)
    assert p.pliegue(np.zeros(2)) == 0


@pytest.mark.marcos
def test_las_funciones_de_los_marcos():
    import jax
    import jax.numpy as jnp
    import torch

    m = definiciones(
        PAGINA, "clasificador_pt", "clasificador_jx", "relieve_pt", "relieve_jx"
    )
    rng = np.random.default_rng(5)
    for _ in range(3):
        x, W, b = rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=3)
        esperada = special.softmax(x @ W + b)
        de_torch = m.clasificador_pt(*(torch.tensor(a) for a in (x, W, b)))
        de_jax = m.clasificador_jx(*(jnp.asarray(a) for a in (x, W, b)))
        np.testing.assert_allclose(de_torch, esperada, rtol=1e-10)
        np.testing.assert_allclose(de_jax, esperada, rtol=1e-5)
        J = jax.jacfwd(m.clasificador_jx)(*(jnp.asarray(a) for a in (x, W, b)))
        np.testing.assert_allclose(J, p.jacobiano_softmax(x @ W + b) @ W.T, atol=1e-6)
        v = rng.uniform(-2, 2, size=2)
        H = torch.autograd.functional.hessian(m.relieve_pt, torch.tensor(v))
        np.testing.assert_allclose(H, p.hessiano_relieve(v), atol=1e-12)
        assert float(m.relieve_jx(jnp.asarray(v))) == pytest.approx(
            relieve_scipy(v), abs=1e-6
        )
