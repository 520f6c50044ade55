"""«Mínimos, sillas y superficies de pérdida»: la página contra SciPy y autograd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.optimize import approx_fprime, linear_sum_assignment, minimize
from scipy.stats import ortho_group
from sklearn.linear_model import LogisticRegression

PAGINA = "book/04-optimizacion/paisajes.md"
p = definiciones(
    PAGINA,
    "clasificar",
    "ondas",
    "grad_ondas",
    "por_diferencias",
    "descender",
    "nubes",
    "X",
    "y",
    "lam",
    "X_uno",
    "coste_logistica",
    "gradiente_logistica",
    "separar",
    "logits",
    "coste_red",
    "gradiente_red",
    "simetrias",
    "alinear",
    "direccion",
    "corte",
)
semillas = st.integers(0, 2**31)
puntos = arrays(float, 2, elements=st.floats(0, 10))


def redes_al_azar(semilla: int, n: int = 2) -> np.ndarray:
    return np.random.default_rng(semilla).normal(size=(n, 13))


@given(
    st.lists(st.sampled_from([-3.0, -0.5, 0.0, 0.7, 2.0]), min_size=2, max_size=5),
    semillas,
)
def test_clasificar_mira_los_signos_y_no_la_base(curvaturas, semilla):
    Q = ortho_group.rvs(len(curvaturas), random_state=semilla)
    H = Q @ np.diag(curvaturas) @ Q.T
    if min(curvaturas) < 0 < max(curvaturas):
        esperado = "silla"
    elif 0.0 in curvaturas:
        esperado = "no decide"
    else:
        esperado = "mínimo" if min(curvaturas) > 0 else "máximo"
    assert p.clasificar((H + H.T) / 2) == esperado


@given(puntos)
def test_el_gradiente_de_las_ondas_es_el_de_scipy(x):
    np.testing.assert_allclose(
        p.grad_ondas(x), approx_fprime(x, p.ondas, 1e-7), atol=1e-5
    )


@given(semillas)
def test_por_diferencias_da_el_hessiano_de_una_cuadratica(semilla):
    azar = np.random.default_rng(semilla)
    A = azar.normal(size=(5, 5))
    A, x = A + A.T, azar.normal(size=5)
    np.testing.assert_allclose(p.por_diferencias(lambda v: v @ A, x), A, atol=1e-8)


def test_scipy_encuentra_los_mismos_minimos_de_las_ondas():
    azar = np.random.default_rng(0)
    vistos = set()
    for inicio in azar.uniform(0, 10, size=(80, 2)):
        r = minimize(p.ondas, inicio, jac=p.grad_ondas, method="BFGS")
        if np.all((r.x > -1e-3) & (r.x < 10)):
            vistos.add((*np.abs(r.x.round(1)), round(float(r.fun), 2)))
    assert vistos == {
        (4.4, 6.3, -1.76),
        (1.6, 3.5, -1.06),
        (1.6, 9.1, -1.06),
        (7.9, 2.8, -1.06),
        (7.9, 9.8, -1.06),
        (5.1, 0.0, -0.37),
    }


def test_el_mayor_gradiente_del_cuadrado_es_uno_y_medio():
    eje = np.linspace(0, 10, 201)
    malla = np.stack(np.meshgrid(eje, eje), axis=-1)
    mayor = np.linalg.norm(p.grad_ondas(malla), axis=-1).max()
    assert mayor == pytest.approx(1.5)


@given(puntos)
@settings(max_examples=15)
def test_con_la_tasa_corta_apenas_se_mueve_y_con_la_larga_llega(x):
    corto = p.descender(p.grad_ondas, x, 1e-3, 30)
    assert np.linalg.norm(corto - x) < 0.05
    llegada = p.descender(p.grad_ondas, x, 0.1, 3000)
    assert np.linalg.norm(p.grad_ondas(llegada)) < 1e-6
    assert p.ondas(llegada) <= p.ondas(x) + 1e-12


@given(st.floats(0.1, 1.9), st.integers(0, 30))
def test_descender_en_una_parabola_es_una_potencia(tasa, pasos):
    final = p.descender(lambda v: v, np.array([2.0]), tasa, pasos)
    np.testing.assert_allclose(final, 2 * (1 - tasa) ** pasos, atol=1e-9)


def test_las_nubes_son_un_xor_equilibrado():
    X, y = p.nubes(40_000, semilla=3)
    assert X.shape == (40_000, 2) and y.mean() == 0.5
    mismo_signo = X[:, 0] * X[:, 1] > 0
    assert np.mean(mismo_signo == (y == 0)) > 0.9
    assert abs(np.mean((X[:, 0] > 0) == y) - 0.5) < 0.02


def test_la_logistica_llega_desde_todas_partes_al_minimo_de_scikit_learn():
    inicios = np.random.default_rng(7).normal(scale=4, size=(10, 3))
    w = p.descender(p.gradiente_logistica, inicios, 1.0, 600)
    modelo = LogisticRegression(
        C=1 / (p.lam * len(p.y)), fit_intercept=False, tol=1e-10, max_iter=1000
    ).fit(p.X_uno, p.y)
    np.testing.assert_allclose(w, np.tile(modelo.coef_, (10, 1)), atol=1e-5)


@given(semillas, st.floats(0.05, 1), st.integers(1, 60))
@settings(max_examples=30)
def test_la_garantia_se_cumple_con_tasas_de_hasta_uno_entre_L(semilla, parte, pasos):
    modelo = LogisticRegression(
        C=1 / (p.lam * len(p.y)), fit_intercept=False, tol=1e-10, max_iter=1000
    ).fit(p.X_uno, p.y)
    L = np.linalg.norm(p.X_uno, ord=2) ** 2 / len(p.y) / 4 + p.lam
    inicio = np.random.default_rng(semilla).normal(scale=4, size=(1, 3))
    w = p.descender(p.gradiente_logistica, inicio, parte / L, pasos)
    falta = p.coste_logistica(w)[0] - p.coste_logistica(modelo.coef_)[0]
    cota = np.sum((inicio - modelo.coef_) ** 2) / (2 * parte / L * pasos)
    assert -1e-9 < falta <= cota


@given(semillas, st.floats(0, 1))
def test_la_logistica_no_pasa_de_la_cuerda(semilla, t):
    a, b = np.random.default_rng(semilla).normal(scale=5, size=(2, 1, 3))
    cuerda = (1 - t) * p.coste_logistica(a) + t * p.coste_logistica(b)
    assert p.coste_logistica((1 - t) * a + t * b) <= cuerda + 1e-12


@given(semillas)
@settings(max_examples=20)
def test_el_gradiente_de_la_red_es_el_de_su_coste(semilla):
    theta = redes_al_azar(semilla)
    for red, g in zip(theta, p.gradiente_red(theta), strict=True):
        por_scipy = approx_fprime(red, lambda v: p.coste_red(v[None])[0], 1e-7)
        np.testing.assert_allclose(g, por_scipy, atol=1e-5)


@pytest.mark.marcos
def test_el_coste_y_sus_derivadas_son_las_de_autograd():
    import torch
    from torch.nn import functional as F

    X, y = torch.tensor(p.X), torch.tensor(p.y)

    def coste(t):
        W, b, v, c = t[:6].reshape(2, 3), t[6:9], t[9:12], t[12]
        z = torch.tanh(X @ W + b) @ v + c
        return F.binary_cross_entropy_with_logits(z, y) + p.lam / 2 * t @ t

    for red in redes_al_azar(5, n=4):
        t = torch.tensor(red)
        np.testing.assert_allclose(p.coste_red(red[None])[0], coste(t), rtol=1e-12)
        g = torch.func.grad(coste)(t)
        H = torch.autograd.functional.hessian(coste, t)
        np.testing.assert_allclose(p.gradiente_red(red[None])[0], g, atol=1e-12)
        np.testing.assert_allclose(
            p.por_diferencias(p.gradiente_red, red), H, atol=1e-7
        )


@given(semillas)
@settings(max_examples=20)
def test_las_48_copias_son_distintas_y_calculan_lo_mismo(semilla):
    red = redes_al_azar(semilla, n=1)
    copias = p.simetrias(red[0])
    assert len(np.unique(copias.round(9), axis=0)) == 48
    juntas = np.broadcast_to(p.logits(red, p.X), (48, len(p.X)))
    np.testing.assert_allclose(p.logits(copias, p.X), juntas, atol=1e-12)


@given(semillas)
@settings(max_examples=30)
def test_alinear_es_la_asignacion_optima(semilla):
    red, referencia = redes_al_azar(semilla)

    def neuronas(t):  # (3, 4): los cuatro pesos de cada una
        return np.column_stack([t[:6].reshape(2, 3).T, t[6:9], t[9:12]])

    P, Q = neuronas(red), neuronas(referencia)
    coste = np.minimum(((P[:, None] - Q) ** 2).sum(-1), ((P[:, None] + Q) ** 2).sum(-1))
    filas, columnas = linear_sum_assignment(coste)
    esperado = coste[filas, columnas].sum() + (red[12] - referencia[12]) ** 2
    alineada = p.alinear(red, referencia)
    assert np.sum((alineada - referencia) ** 2) == pytest.approx(esperado)


def test_los_finales_son_minimos_de_alturas_distintas_y_los_simetricos_coinciden():
    inicios = np.random.default_rng(21).normal(size=(8, 13))
    redes = p.descender(p.gradiente_red, inicios, 1.5, 2000)
    J = []
    for red in redes:
        r = minimize(
            lambda t: p.coste_red(t[None])[0],
            red,
            jac=lambda t: p.gradiente_red(t[None])[0],
            method="BFGS",
            options={"gtol": 1e-8},
        )
        assert np.linalg.norm(r.x - red) < 1.0  # ya estaba en el fondo
        J.append(round(float(r.fun), 4))
    assert 2 <= len(set(J)) < len(J)


def test_el_punto_medio_entre_dos_copias_desmiente_la_convexidad():
    red = p.descender(p.gradiente_red, redes_al_azar(3, n=1), 1.5, 1500)
    medio = (p.simetrias(red[0]) + red) / 2
    assert p.coste_red(medio).max() > 2 * p.coste_red(red)[0]


def test_en_cero_hay_una_silla_y_las_iguales_no_se_separan():
    cero = np.zeros((1, 13))
    assert np.abs(p.gradiente_red(cero)).max() < 1e-15
    assert p.clasificar(p.por_diferencias(p.gradiente_red, cero[0])) == "silla"
    final = p.descender(p.gradiente_red, np.full((1, 13), 0.5), 1.5, 300)
    W, _, v, _ = p.separar(final)
    np.testing.assert_allclose(W[0] - W[0][:, :1], 0, atol=1e-12)
    np.testing.assert_allclose(v[0] - v[0][0], 0, atol=1e-12)


@given(semillas)
@settings(max_examples=20)
def test_la_direccion_tiene_la_norma_de_cada_neurona(semilla):
    red = redes_al_azar(semilla, n=1)
    d = p.direccion(red[0], np.random.default_rng(semilla + 1))[None]
    W, _, v, _ = p.separar(red)
    dW, db, dv, dc = p.separar(d)
    np.testing.assert_allclose(
        np.linalg.norm(dW, axis=1), np.linalg.norm(W, axis=1), rtol=1e-12
    )
    assert np.linalg.norm(dv) == pytest.approx(np.linalg.norm(v))
    assert not db.any() and not dc.any() and np.abs(dW - W).max() > 1e-6


def test_el_corte_evalua_el_coste_en_cada_punto():
    centro, d1, d2 = redes_al_azar(1, n=3)
    alfas, betas = np.linspace(-1, 1, 4), np.linspace(0, 2, 3)
    alturas = p.corte(centro, d1, d2, alfas, betas)
    assert alturas.shape == (3, 4)
    for i, b in enumerate(betas):
        for j, a in enumerate(alfas):
            suelto = p.coste_red((centro + a * d1 + b * d2)[None])[0]
            assert alturas[i, j] == pytest.approx(suelto)
