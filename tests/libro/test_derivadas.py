"""«La derivada y sus reglas»: lo que define la página, contra referencias ajenas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.differentiate import derivative
from scipy.special import entr, expit, huber

PAGINA = "book/03-diferenciacion/derivadas.md"
p = definiciones(
    PAGINA,
    "pendiente_secante",
    "valle",
    "derivada_valle",
    "derivada_num",
    "sigmoide",
    "componer",
    "relu",
    "menos_abs",
    "es_subgradiente",
    "penalizar",
    "huber",
    "derivada_huber",
)
reales = st.floats(-3, 3)
coeficientes = arrays(float, 5, elements=st.floats(-2, 2))


@given(coeficientes, reales, st.floats(1e-3, 1.0), st.sampled_from([-1, 1]))
def test_la_secante_se_acerca_como_h(c, x, h, lado):
    """El error no pasa de h/2 por el máximo de |f''| (Taylor con resto)."""
    f = np.polynomial.Polynomial(c)
    entre = np.linspace(x - h, x + h, 201)
    cota = h / 2 * np.abs(f.deriv(2)(entre)).max() * 1.02 + 1e-9
    assert abs(p.pendiente_secante(f, x, lado * h) - f.deriv()(x)) <= cota


@given(coeficientes, reales)
def test_derivada_num_es_la_de_scipy(c, x):
    def f(t):
        return np.sin(np.polynomial.Polynomial(c)(t) / 10)

    exacta = derivative(f, x).df
    assert p.derivada_num(f, x) == pytest.approx(exacta, abs=1e-6)


@given(reales)
def test_la_derivada_del_valle(x):
    assert p.derivada_valle(x) == pytest.approx(derivative(p.valle, x).df, abs=1e-7)


@given(st.floats(-50, 50))
def test_sigmoide(x):
    assert p.sigmoide(x) == pytest.approx(expit(x), rel=1e-12)


@pytest.mark.marcos
@given(st.floats(-4, 4), st.integers(0, 12))
def test_componer_es_lo_que_deriva_autograd(x, n):
    import torch

    entrada = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    salida = entrada * 1
    for _ in range(n):
        salida = torch.sigmoid(salida)
    salida.backward()
    valor, derivada = p.componer(x, n)
    assert valor == pytest.approx(salida.item(), rel=1e-12)
    assert derivada == pytest.approx(entrada.grad.item(), rel=1e-9)
    assert derivada <= 0.25**n


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_los_subgradientes_son_los_del_intervalo(x, m):
    x = np.round(x, 2)  # en la rejilla: si no, la esquina puede caer entre dos nudos
    assume(min(abs(m - v) for v in (-1, 0, 1)) > 1e-3)  # ni al filo
    en_abs = x == 0 and -1 < m < 1
    en_relu = x == 0 and 0 < m < 1
    assert p.es_subgradiente(np.abs, x, m) == en_abs
    assert p.es_subgradiente(p.relu, x, m) == en_relu
    assert not p.es_subgradiente(p.menos_abs, 0.0, m)


@given(st.floats(-2.9, 2.9))
def test_donde_hay_derivada_es_subgradiente(x):
    assume(abs(x) > 1e-2)
    assert p.es_subgradiente(np.abs, x, np.sign(x))
    assert p.es_subgradiente(p.relu, x, float(x > 0))
    assert p.es_subgradiente(np.square, x, 2 * x)
    assert not p.es_subgradiente(np.square, x, 2 * x + 0.5)


@given(arrays(float, 10, elements=st.floats(-5, 5)), st.floats(0.1, 3))
def test_huber_es_la_de_scipy(r, delta):
    np.testing.assert_allclose(p.huber(r, delta), huber(delta, r), atol=1e-12)
    for h in (-1e-6, 1e-6):  # por los dos lados, también en el empalme
        for x in (*r, delta, -delta):
            pendiente = p.pendiente_secante(lambda t: p.huber(t, delta), x, h)
            assert pendiente == pytest.approx(p.derivada_huber(x, delta), abs=1e-5)


@pytest.mark.marcos
@pytest.mark.parametrize("inicio", [0.0, 0.25, -0.3])
def test_penalizar_hace_lo_que_las_bibliotecas(inicio):
    import jax
    import jax.numpy as jnp
    import torch

    w_pt = torch.tensor(inicio, dtype=torch.float64, requires_grad=True)
    optimizador = torch.optim.SGD([w_pt], lr=0.1)
    w_jx, de_torch, de_jax = inicio, [inicio], [inicio]
    for _ in range(6):
        optimizador.zero_grad()
        w_pt.abs().backward()
        optimizador.step()
        de_torch.append(w_pt.item())
        w_jx = w_jx - 0.1 * float(jax.grad(jnp.abs)(w_jx))
        de_jax.append(w_jx)
    np.testing.assert_allclose(p.penalizar(inicio, 0.0), de_torch, atol=0.006)
    np.testing.assert_allclose(p.penalizar(inicio, 1.0), de_jax, atol=0.006)


@pytest.mark.marcos
@pytest.mark.parametrize("marco", ["pt", "ks", "jx"])
def test_las_derivadas_de_los_marcos(marco):
    m = definiciones(
        PAGINA,
        *(f"{n}_{marco}" for n in ("derivada", "ejemplo", "dos_where")),
        *(f"{n}_{marco}" for n in ("un_where", "un_log", "dos_log")),
    )
    derivada, ejemplo, dos_where, un_where, un_log, dos_log = vars(m).values()
    for x in np.random.default_rng(3).uniform(0.05, 2, 8).tolist():
        exacta = derivative(lambda t: np.exp(-t) * np.sin(t**2), x).df
        assert derivada(ejemplo, x) == pytest.approx(exacta, abs=2e-6)
        for f in (un_where, dos_where):
            assert derivada(f, -x) == pytest.approx(-1, abs=1e-6)
        entropia = derivative(entr, x, initial_step=0.01).df
        for f in (un_log, dos_log):
            assert derivada(f, x) == pytest.approx(entropia, abs=1e-5)
    assert derivada(dos_where, 0.0) == derivada(dos_log, 0.0) == 0
    assert np.isnan(derivada(un_log, 0.0))
    assert np.isnan(derivada(un_where, 0.0)) == (marco != "ks")
