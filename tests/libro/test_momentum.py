"""«Momentum, Nesterov y el ruido»: la página contra los tres marcos y la teoría."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.linalg import companion
from scipy.optimize import minimize_scalar

PAGINA = "book/04-optimizacion/momentum.md"
p = definiciones(
    PAGINA,
    "momentum",
    "momentum_ema",
    "momentum_keras",
    "nesterov",
    "nesterov_libro",
    "factor",
    "optimo",
    "pasos_hasta",
    "grad_valle",
    "grad_silla",
    "grad_a_trozos",
    "pasos_en_salir",
    "con_ruido",
    "entrenar_gemelas",
    "curvaturas",
    "inicio",
)
PASOS = 8
gradientes_al_azar = arrays(np.float32, (PASOS, 3), elements=st.floats(-5, 5, width=32))
tasas_al_azar = st.lists(st.floats(1e-3, 0.5), min_size=PASOS, max_size=PASOS)
betas = st.floats(0.1, 0.99)


def dictado(gradientes):
    """Un `grad` que devuelve los gradientes dados, uno por llamada."""
    pendientes = iter(np.asarray(gradientes, dtype=float))
    return lambda theta: next(pendientes)


@given(gradientes_al_azar, tasas_al_azar, betas)
def test_la_ema_es_la_clasica_con_la_tasa_reescalada(gradientes, tasas, beta):
    ema = p.momentum_ema(dictado(gradientes), np.zeros(3), tasas, beta)
    clasica = p.momentum(
        dictado(gradientes), np.zeros(3), [(1 - beta) * t for t in tasas], beta
    )
    np.testing.assert_allclose(ema, clasica, atol=1e-12)


@given(gradientes_al_azar, st.floats(1e-3, 0.5), betas)
def test_con_tasa_constante_da_igual_donde_se_ponga(gradientes, tasa, beta):
    caminos = [
        metodo(dictado(gradientes), np.ones(3), [tasa] * PASOS, beta)
        for metodo in (p.momentum, p.momentum_keras)
    ]
    np.testing.assert_allclose(*caminos, atol=1e-12)


def test_con_tasa_variable_no_da_igual():
    tasas = [0.1] * 4 + [0.01] * 4
    clasica, keras = (
        metodo(dictado(np.ones((PASOS, 1))), np.zeros(1), tasas, 0.9)
        for metodo in (p.momentum, p.momentum_keras)
    )
    np.testing.assert_allclose(clasica[:5], keras[:5])
    assert np.all(keras[5:] < clasica[5:] - 0.1)


@given(
    arrays(float, 3, elements=st.floats(-5, 5)),
    st.floats(1e-3, 0.02),
    betas,
)
def test_los_puntos_adelantados_son_el_nesterov_de_las_bibliotecas(theta, tasa, beta):
    A = np.diag([1.0, 10.0, 50.0])
    del_libro = p.nesterov_libro(lambda t: A @ t, theta, tasa, beta, 12)
    otro = p.nesterov(lambda t: A @ t, theta, [tasa] * 12, beta)
    np.testing.assert_allclose(del_libro, otro, atol=1e-9)


def caminos_de_los_marcos(gradientes, tasas, beta, con_nesterov):
    """El camino de SGD en los tres marcos, con los gradientes y las tasas dados."""
    import jax.numpy as jnp
    import keras
    import optax
    import torch

    opciones = {"momentum": beta, "nesterov": con_nesterov}
    theta_pt = torch.zeros(3, requires_grad=True)
    theta_ks = keras.Variable(np.zeros(3, "float32"))
    theta_jx = jnp.zeros(3)
    opt_pt = torch.optim.SGD([theta_pt], lr=tasas[0], **opciones)
    opt_ks = keras.optimizers.SGD(tasas[0], **opciones)
    opt_jx = optax.sgd(lambda cuenta: jnp.asarray(tasas)[cuenta], **opciones)
    estado = opt_jx.init(theta_jx)
    pt, ks, jx = [np.zeros(3)], [np.zeros(3)], [np.zeros(3)]
    for g, tasa in zip(gradientes, tasas, strict=True):
        opt_pt.param_groups[0]["lr"] = tasa
        theta_pt.grad = torch.tensor(g)
        opt_pt.step()
        opt_ks.learning_rate = tasa
        opt_ks.apply([keras.ops.convert_to_tensor(g)], [theta_ks])
        cambio, estado = opt_jx.update(jnp.asarray(g), estado)
        theta_jx = optax.apply_updates(theta_jx, cambio)
        pt.append(theta_pt.detach().numpy().copy())
        ks.append(keras.ops.convert_to_numpy(keras.ops.copy(theta_ks)))
        jx.append(np.asarray(theta_jx))
    return pt, ks, jx


@pytest.mark.marcos
@settings(max_examples=15, deadline=None)
@given(gradientes_al_azar, tasas_al_azar, betas)
def test_cada_marco_sigue_la_forma_que_la_pagina_le_atribuye(gradientes, tasas, beta):
    pt, ks, jx = caminos_de_los_marcos(gradientes, tasas, beta, False)
    clasica = p.momentum(dictado(gradientes), np.zeros(3), tasas, beta)
    keras = p.momentum_keras(dictado(gradientes), np.zeros(3), tasas, beta)
    np.testing.assert_allclose(pt, clasica, atol=1e-4)
    np.testing.assert_allclose(jx, clasica, atol=1e-4)
    np.testing.assert_allclose(ks, keras, atol=1e-4)


@pytest.mark.marcos
@settings(max_examples=15, deadline=None)
@given(gradientes_al_azar, st.floats(1e-3, 0.5), betas)
def test_nesterov_es_el_de_los_tres_marcos(gradientes, tasa, beta):
    esperado = p.nesterov(dictado(gradientes), np.zeros(3), [tasa] * PASOS, beta)
    tasas = [tasa] * PASOS
    for camino in caminos_de_los_marcos(gradientes, tasas, beta, True):
        np.testing.assert_allclose(camino, esperado, atol=1e-4)


@pytest.mark.marcos
def test_las_funciones_de_los_marcos_de_la_pagina():
    pagina = definiciones(PAGINA, "recorrer_pt", "recorrer_ks", "recorrer_jx")
    tasas = [0.005, 0.01, 0.02, 0.01]
    for opciones, metodos in (
        ({"momentum": 0.7}, (p.momentum, p.momentum_keras, p.momentum)),
        ({"momentum": 0.7, "nesterov": True}, (p.nesterov, None, p.nesterov)),
    ):
        for nombre, metodo in zip(("pt", "ks", "jx"), metodos, strict=True):
            if metodo is None:
                continue
            camino = getattr(pagina, f"recorrer_{nombre}")(tasas, **opciones)
            esperado = metodo(p.grad_valle, p.inicio, tasas, 0.7)
            np.testing.assert_allclose(camino, esperado, atol=1e-4)


@given(st.floats(0.1, 100), st.floats(1e-4, 0.02), st.floats(0, 0.99))
def test_factor_es_el_radio_espectral(lam, tasa, beta):
    matriz = companion([1, -(1 + beta - tasa * lam), beta])
    esperado = np.abs(np.linalg.eigvals(matriz)).max()
    assert p.factor(lam, tasa, beta) == pytest.approx(esperado, abs=1e-6)
    holgura = 1e-6
    if (1 - beta**0.5) ** 2 + holgura < tasa * lam < (1 + beta**0.5) ** 2 - holgura:
        assert p.factor(lam, tasa, beta) == pytest.approx(beta**0.5, abs=1e-6)


def test_factor_predice_lo_que_encoge_el_camino():
    camino = p.momentum(lambda t: 3 * t, np.ones(1), [0.001] * 400, 0.5)
    ultimo = camino[-1, 0] / camino[-2, 0]  # raíces reales: el cociente converge
    assert ultimo == pytest.approx(p.factor(3, 0.001, 0.5), rel=1e-6)


@pytest.mark.parametrize("kappa", [4.0, 25.0, 100.0])
def test_ningun_par_gana_al_optimo(kappa):
    tasa, beta = p.optimo(1, kappa)

    def peor(t, b):
        return max(p.factor(1, t, b), p.factor(kappa, t, b))

    mejor = beta**0.5
    assert peor(tasa, beta) == pytest.approx(mejor, abs=1e-4)
    rng = np.random.default_rng(0)
    for t, b in rng.uniform([0, 0], [2 / kappa, 1], size=(300, 2)):
        assert peor(t, b) >= mejor - 1e-9
    sin = minimize_scalar(lambda t: peor(t, 0), bounds=(0, 2 / kappa), method="bounded")
    assert sin.fun == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-4)


def test_las_cifras_del_valle():
    def pasos(metodo, tasa, *beta):
        return p.pasos_hasta(metodo(p.grad_valle, p.inicio, [tasa] * 2000, *beta))

    assert pasos(p.momentum, 2 / 101) == 346
    assert pasos(p.momentum, *p.optimo(1, 100)) == 48
    assert [pasos(p.momentum, 0.01, b) for b in (0.8, 0.9, 0.99)] == [101, 124, 1354]
    np.testing.assert_allclose(p.curvaturas, [1, 100])


def test_pasos_hasta_es_la_ultima_vez_que_esta_lejos():
    camino = np.array([[4.0], [0.001], [2.0], [0.001], [0.001]])
    assert p.pasos_hasta(camino, 0.1) == 3


def test_las_cifras_del_banco_de_pruebas():
    def final(metodo, tasa):
        return metodo(lambda t: 2 * t, 5.0, [tasa] * 20, 0.9)[-1]

    assert final(p.momentum_ema, 0.1) == pytest.approx(-1.3534, abs=5e-5)
    assert final(p.momentum, 0.01) == pytest.approx(-1.3534, abs=5e-5)
    assert final(p.momentum, 0.1) == pytest.approx(-1.7463, abs=5e-5)


@pytest.mark.parametrize("metodo", ["momentum", "nesterov"])
def test_los_limites_de_estabilidad(metodo):
    beta = 0.9
    limite = {
        "momentum": 2 * (1 + beta),
        "nesterov": 2 * (1 + beta) / (1 + 2 * beta),
    }[metodo]
    for factor, converge in ((0.98, True), (1.02, False)):
        tasas = [factor * limite] * 300
        final = getattr(p, metodo)(lambda t: t, np.ones(1), tasas, beta)[-1, 0]
        assert (abs(final) < 0.1) == converge


def test_nesterov_apaga_en_dos_pasos_la_direccion_con_tasa_1_partido_por_lambda():
    camino = p.nesterov(lambda t: 7 * t, np.ones(1), [1 / 7] * 4, 0.9)
    np.testing.assert_allclose(camino[2:], 0, atol=1e-12)
    assert abs(camino[1, 0] + 0.9) < 1e-12


def test_la_silla_solo_se_abandona_fuera_del_eje_o_con_ruido_hacia_fuera():
    for beta in (0, 0.9):
        quieto = p.momentum(p.grad_silla, [1.0, 0.0], [0.1] * 500, beta)
        assert p.pasos_en_salir(quieto) is None and np.all(quieto[:, 1] == 0)
    y0 = 1e-6
    salida = p.pasos_en_salir(p.momentum(p.grad_silla, [1.0, y0], [0.1] * 500))
    assert salida == np.ceil(np.log(1 / y0) / np.log(1.2))
    rng = np.random.default_rng(1)
    assert all(p.pasos_en_salir(p.con_ruido(np.ones(2), rng)) for _ in range(20))
    solo_x = [p.con_ruido(np.array([1, 0]), rng) for _ in range(20)]
    assert all(p.pasos_en_salir(camino) is None for camino in solo_x)


def test_los_lotes_no_separan_a_las_gemelas_y_el_ruido_si():
    for escala, separadas in ((0.0, False), (0.01, True)):
        w, b, v = p.entrenar_gemelas(escala, pasos=300, semilla=4)
        assert (w[0] != w[1] and b[0] != b[1] and v[0] != v[1]) == separadas


def test_el_gradiente_a_trozos_es_de_una_funcion_convexa_con_curvatura_1_a_25():
    x = np.linspace(-2, 4, 1201)
    pendientes = np.diff([p.grad_a_trozos(v) for v in x]) / np.diff(x)
    assert pendientes.min() == pytest.approx(1) and pendientes.max() == pytest.approx(
        25
    )


def test_el_momentum_optimo_cae_en_un_ciclo_de_tres():
    tasa, beta = p.optimo(1, 25)
    camino = p.momentum(p.grad_a_trozos, 3.3, [tasa] * 300, beta)
    np.testing.assert_allclose(camino[-3:], camino[-6:-3], atol=1e-9)
    assert np.abs(camino[-3:]).min() > 0.5
