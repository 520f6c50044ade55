"""«El descenso del gradiente»: lo que define la página, contra PyTorch y SciPy."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from paginas import definiciones
from scipy.optimize import approx_fprime, minimize

PAGINA = "book/04-optimizacion/descenso.md"
p = definiciones(PAGINA, "descender", "derivada_moneda", "descender_con_retroceso")
semillas = st.integers(0, 2**31)


@given(semillas, st.floats(0.001, 0.3), st.integers(1, 20))
def test_cada_paso_es_el_de_sgd_de_pytorch(semilla, tasa, pasos):
    azar = np.random.default_rng(semilla)
    A, inicio = azar.normal(size=(3, 3)), azar.normal(size=3)
    H = A @ A.T / 3
    camino = p.descender(lambda v: H @ v, inicio, tasa, pasos)
    v = torch.tensor(inicio, requires_grad=True)
    optimizador = torch.optim.SGD([v], lr=tasa)
    assert camino.shape == (pasos + 1, 3)
    for punto in camino[1:]:
        optimizador.zero_grad()
        (0.5 * v @ torch.tensor(H) @ v).backward()
        optimizador.step()
        np.testing.assert_allclose(punto, v.detach(), rtol=1e-9, atol=1e-12)


@given(st.floats(-6, 6))
def test_la_derivada_de_la_moneda(z):
    por_scipy = approx_fprime(
        np.array([z]), lambda v: np.logaddexp(0, v[0]) - 0.7 * v[0], 1e-7
    )
    np.testing.assert_allclose(p.derivada_moneda(z), por_scipy[0], atol=1e-6)


@given(st.floats(0.1, 10), st.floats(0.05, 0.95), st.booleans())
def test_la_frontera_es_dos_entre_la_curvatura(L, fraccion, pasa):
    tasa = (2 / L) * (1 / fraccion if pasa else fraccion)
    final = p.descender(lambda x: L * x, 1.0, tasa, 60)[-1]
    assert bool(abs(final) > 1) is pasa


@given(semillas)
def test_con_retroceso_llega_al_minimo_de_scipy(semilla):
    azar = np.random.default_rng(semilla)
    A, c = azar.normal(size=(3, 3)), azar.normal(size=3)
    H = A @ A.T + 0.5 * np.eye(3)

    def f(v):
        return 0.5 * v @ H @ v - c @ v

    hallado, _ = p.descender_con_retroceso(f, lambda v: H @ v - c, np.zeros(3), 400)
    esperado = minimize(f, np.zeros(3), jac=lambda v: H @ v - c, tol=1e-10).x
    np.testing.assert_allclose(hallado, esperado, atol=1e-3)
    # al principio; en el mínimo, la comparación ya es entre redondeos
    _, tasas = p.descender_con_retroceso(f, lambda v: H @ v - c, np.zeros(3), 3)
    assert min(tasas) >= 0.5 / np.linalg.eigvalsh(H).max()
