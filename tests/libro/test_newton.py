"""«Newton y el segundo orden»: lo que define la página, contra SciPy y scikit-learn."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.optimize import approx_fprime, minimize_scalar
from sklearn.linear_model import LogisticRegression

PAGINA = "book/04-optimizacion/newton.md"
p = definiciones(
    PAGINA, "paso_newton", "derivadas", "newton_con_retroceso", "gradiente_conjugado"
)
semillas = st.integers(0, 2**31)


def problema(semilla: int, n: int = 60, d: int = 4):
    azar = np.random.default_rng(semilla)
    X = azar.normal(size=(n, d))
    y = (X[:, 0] + azar.normal(size=n) > 0).astype(float)
    return X, y, azar.normal(size=d)


@given(semillas)
def test_el_gradiente_y_el_hessiano_son_las_derivadas_del_coste(semilla):
    X, y, w = problema(semilla)
    _, g, H = p.derivadas(w, X, y, 0.1)
    por_scipy = approx_fprime(w, lambda v: p.derivadas(v, X, y, 0.1)[0], 1e-7)
    np.testing.assert_allclose(g, por_scipy, atol=1e-5)
    for j in range(len(w)):
        fila = approx_fprime(w, lambda v, j=j: p.derivadas(v, X, y, 0.1)[1][j], 1e-7)
        np.testing.assert_allclose(H[j], fila, atol=1e-5)


@given(semillas)
def test_newton_llega_al_mismo_minimo_que_scikit_learn(semilla):
    X, y, _ = problema(semilla)
    w = np.zeros(X.shape[1])
    for _ in range(12):
        w = w + p.paso_newton(*p.derivadas(w, X, y, 0.05)[1:])
    modelo = LogisticRegression(
        C=1 / (0.05 * len(y)), fit_intercept=False, tol=1e-10, max_iter=1000
    )
    np.testing.assert_allclose(w, modelo.fit(X, y).coef_[0], atol=1e-4)


@given(semillas)
def test_en_una_cuadratica_basta_un_paso(semilla):
    azar = np.random.default_rng(semilla)
    A = azar.normal(size=(5, 5))
    H, minimo, x = A @ A.T + np.eye(5), azar.normal(size=5), azar.normal(size=5)
    np.testing.assert_allclose(x + p.paso_newton(H @ (x - minimo), H), minimo)


@given(st.floats(-30, 30), st.floats(-3, 3))
@settings(deadline=None)
def test_con_retroceso_llega_desde_cualquier_sitio(x, centro):
    def f(v):
        return np.sqrt(1 + (v - centro) ** 2)

    hallado = p.newton_con_retroceso(
        f,
        lambda v: (v - centro) / f(v),
        lambda v: f(v) ** -3.0,
        x,
        60,
    )
    esperado = minimize_scalar(f, bracket=(centro - 50, centro + 50)).x
    np.testing.assert_allclose(hallado, esperado, atol=1e-6)


@given(semillas)
def test_el_gradiente_conjugado_resuelve_el_sistema(semilla):
    azar = np.random.default_rng(semilla)
    A, b = azar.normal(size=(8, 8)), azar.normal(size=8)
    H = A @ A.T + np.eye(8)
    exacta = np.linalg.solve(H, b)
    hallada, productos = p.gradiente_conjugado(lambda v: H @ v, b, exacta)
    np.testing.assert_allclose(hallada, exacta, atol=1e-5 * np.linalg.norm(exacta))
    assert productos < 100
