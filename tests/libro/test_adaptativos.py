"""«Adagrad y RMSprop»: la página contra los tres marcos y contra sus definiciones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from optimizadores import PASOS, fabrica, gradientes_al_azar
from paginas import definiciones
from scipy.linalg import sqrtm

PAGINA = "book/04-optimizacion/adaptativos.md"
p = definiciones(
    PAGINA,
    "adagrad",
    "adagrad_matriz",
    "rmsprop",
    "rmsprop_corregido",
    "sgd",
    "raiz",
    "dictado",
    "fuente",
    "fuente_mudable",
    "error_por_peso",
    "frecuencias",
    "w_real",
    "grad_diminuto",
    "valle",
    "giro",
)
tasas = st.floats(1e-3, 0.5)


@given(gradientes_al_azar(menor=-4), tasas, st.booleans())
def test_adagrad_divide_por_la_raiz_de_la_suma(g, tasa, dentro):
    camino = p.adagrad(p.dictado(g), np.zeros(3), tasa, PASOS, 0.1, 1e-7, dentro)
    suma = 0.1 + np.cumsum(g**2, axis=0)
    denominador = np.sqrt(suma + 1e-7) if dentro else np.sqrt(suma) + 1e-7
    esperado = -tasa * np.cumsum(g / denominador, axis=0)
    np.testing.assert_allclose(camino[1:], esperado, atol=1e-12)


@given(gradientes_al_azar(menor=-4), tasas, st.floats(0.5, 0.999), st.booleans())
def test_rmsprop_pondera_los_cuadrados_como_una_media_movil(g, tasa, rho, dentro):
    camino = p.rmsprop(p.dictado(g), np.zeros(3), tasa, PASOS, rho, 1e-8, dentro)
    t = np.arange(PASOS)
    pesos = np.where(t[:, None] >= t, (1 - rho) * rho ** np.abs(t[:, None] - t), 0)
    s = pesos @ g**2
    denominador = np.sqrt(s + 1e-8) if dentro else np.sqrt(s) + 1e-8
    esperado = -tasa * np.cumsum(g / denominador, axis=0)
    np.testing.assert_allclose(camino[1:], esperado, rtol=1e-9, atol=1e-12)


@pytest.mark.marcos
@settings(max_examples=15, deadline=None)
@given(gradientes_al_azar(menor=-4), tasas, st.floats(0.5, 0.99))
def test_los_tres_marcos_con_sus_opciones(g, tasa, rho):
    import keras
    import optax
    import torch

    m = definiciones(PAGINA, "recorrer_pt", "recorrer_ks", "recorrer_jx")
    cero, rms = np.zeros(3), keras.optimizers.RMSprop(tasa, rho=rho)

    def dictar():
        return p.dictado(g), cero, PASOS

    pares = (
        (
            m.recorrer_pt(torch.optim.Adagrad, *dictar(), lr=tasa),
            p.adagrad(p.dictado(g), cero, tasa, PASOS),
        ),
        (
            m.recorrer_ks(keras.optimizers.Adagrad(tasa), *dictar()),
            p.adagrad(p.dictado(g), cero, tasa, PASOS, 0.1, 1e-7, True),
        ),
        (
            m.recorrer_jx(optax.adagrad(tasa), *dictar()),
            p.adagrad(p.dictado(g), cero, tasa, PASOS, 0.1, 1e-7, True),
        ),
        (
            m.recorrer_pt(torch.optim.RMSprop, *dictar(), lr=tasa, alpha=rho),
            p.rmsprop(p.dictado(g), cero, tasa, PASOS, rho, 1e-8, False),
        ),
        (
            m.recorrer_ks(rms, *dictar()),
            p.rmsprop(p.dictado(g), cero, tasa, PASOS, rho, 1e-7, True),
        ),
        (
            m.recorrer_jx(optax.rmsprop(tasa, rho), *dictar()),
            p.rmsprop(p.dictado(g), cero, tasa, PASOS, rho, 1e-8, True),
        ),
        (
            m.recorrer_jx(optax.rmsprop(tasa, rho, eps_in_sqrt=False), *dictar()),
            p.rmsprop(p.dictado(g), cero, tasa, PASOS, rho, 1e-8, False),
        ),
    )
    for camino, esperado in pares:
        np.testing.assert_allclose(camino, esperado, rtol=2e-4, atol=1e-5)


@pytest.mark.marcos
def test_los_valores_de_fabrica_que_dice_la_tabla():
    import keras
    import optax
    import torch

    pt, ks = fabrica(torch.optim.Adagrad), fabrica(keras.optimizers.Adagrad)
    assert (pt["initial_accumulator_value"], pt["eps"]) == (0, 1e-10)
    assert (ks["initial_accumulator_value"], ks["epsilon"]) == (0.1, 1e-7)
    jx = fabrica(optax.adagrad)
    assert (jx["initial_accumulator_value"], jx["eps"]) == (0.1, 1e-7)
    pt, ks = fabrica(torch.optim.RMSprop), fabrica(keras.optimizers.RMSprop)
    assert (pt["alpha"], pt["eps"]) == (0.99, 1e-8)
    assert (ks["rho"], ks["epsilon"]) == (0.9, 1e-7)
    jx = fabrica(optax.rmsprop)
    assert (jx["decay"], jx["eps"], jx["eps_in_sqrt"]) == (0.9, 1e-8, True)


def test_los_gradientes_de_la_fuente_son_dispersos_y_sin_sesgo():
    grad = p.fuente(1, copias=20_000)
    g = grad(np.zeros((20_000, 3)))
    np.testing.assert_allclose((g != 0).mean(axis=0), p.frecuencias, atol=0.01)
    en_el_optimo = np.mean([grad(np.tile(p.w_real, (20_000, 1))) for _ in range(20)], 1)
    np.testing.assert_allclose(en_el_optimo.mean(axis=0), 0, atol=0.005)


def test_ninguna_tasa_de_sgd_sirve_para_los_tres_pesos_y_adagrad_si():
    def errores(metodo, tasa):
        final = metodo(p.fuente(7), np.zeros((100, 3)), tasa, 4000)[-1]
        return p.error_por_peso(final)

    assert np.all(errores(p.adagrad, 0.3) < errores(p.sgd, 0.1))
    comun_lento, _, raro_lento = errores(p.sgd, 0.01)
    comun_rapido, _, raro_rapido = errores(p.sgd, 0.3)
    assert comun_lento < comun_rapido / 3 and raro_rapido < raro_lento / 3


@given(st.floats(-3, 3), st.floats(0.5, 0.99))
def test_rmsprop_no_nota_la_escala_de_la_perdida(exponente, rho):
    uno, otro = (
        p.rmsprop(lambda t, k=k: 2 * k * t, 5.0, 0.1, 20, rho, eps=0.0)
        for k in (1.0, 10**exponente)
    )
    np.testing.assert_allclose(uno, otro, atol=1e-9)
    assert 5 - uno[1] == pytest.approx(0.1 / np.sqrt(1 - rho))


def test_las_cifras_del_texto():
    parabola = p.rmsprop(lambda t: 2 * t, 5.0, 0.1, 1000)
    assert parabola[20] == pytest.approx(2.452, abs=5e-4)
    np.testing.assert_allclose(np.abs(parabola[-4:]), 0.05, atol=1e-3)
    assert np.all(np.sign(parabola[-4:-1]) == -np.sign(parabola[-3:]))
    finales = [
        p.rmsprop(p.grad_diminuto, 5.0, 0.1, 20, dentro=d)[-1] for d in (False, True)
    ]
    np.testing.assert_allclose(finales, [2.456, 4.804], atol=5e-4)


@given(st.floats(-9, 2), st.floats(-12, -2))
def test_el_epsilon_de_fuera_vale_como_su_cuadrado_dentro(log_g, log_eps):
    """Lo que se aconseja en la autoevaluación 4: hasta un factor √2."""
    g, eps = 10**log_g, 10**log_eps
    fuera, dentro = p.raiz(g**2, eps, False), p.raiz(g**2, eps**2, True)
    assert 1 - 1e-9 <= fuera / dentro <= 2**0.5 + 1e-9


def test_el_giro_perjudica_a_adagrad_y_no_al_descenso_ni_a_la_matriz_entera():
    def pasos(metodo, rotacion, tasa):
        grad, salida = p.valle(rotacion)
        distancia = np.linalg.norm(metodo(grad, salida, tasa, 1000), axis=1)
        return np.flatnonzero(distancia > 0.01 * distancia[0]).max() + 1

    recto = np.eye(2)
    assert pasos(p.sgd, recto, 2 / 101) == pasos(p.sgd, p.giro, 2 / 101) == 231
    assert (pasos(p.adagrad, recto, 3.0), pasos(p.adagrad, p.giro, 3.0)) == (20, 384)
    matriz = [pasos(p.adagrad_matriz, r, 3.0) for r in (recto, p.giro)]
    assert matriz[0] == matriz[1]
    np.testing.assert_allclose(p.giro @ p.giro.T, np.eye(2), atol=1e-15)


@given(arrays(float, (4, 3), elements=st.floats(-3, 3)))
def test_adagrad_matriz_usa_la_raiz_inversa_de_la_suma(g):
    camino = p.adagrad_matriz(p.dictado(g), np.zeros(3), 0.1, 4, eps=1e-2)
    S, theta = 1e-2 * np.eye(3), np.zeros(3)
    for k in range(4):
        S = S + np.outer(g[k], g[k])
        theta = theta - 0.1 * np.linalg.inv(sqrtm(S).real) @ g[k]
        np.testing.assert_allclose(camino[k + 1], theta, atol=1e-8)


def test_rmsprop_corregido_empieza_con_un_paso_igual_a_la_tasa():
    for corregir in (True, False):
        assert 5 - p.rmsprop_corregido(corregir)[1] == pytest.approx(0.1)


@pytest.mark.marcos
def test_rmsprop_corregido_es_el_de_optax():
    import optax

    recorrer_jx = definiciones(PAGINA, "recorrer_jx").recorrer_jx
    opt = optax.rmsprop(0.1, 0.99, eps=1e-12, bias_correction=True)
    camino = recorrer_jx(opt, lambda t: 2 * t, np.array([5.0]), 5)
    np.testing.assert_allclose(camino[:, 0], p.rmsprop_corregido(True), atol=1e-4)


def test_adagrad_olvida_mas_despacio_que_rmsprop():
    ada, rms = (
        metodo(p.fuente_mudable(3), np.zeros(100), tasa, 20_100)
        for metodo, tasa in ((p.adagrad, 1.0), (p.rmsprop, 0.1))
    )
    assert np.abs(ada[20_000]).mean() < np.abs(rms[20_000]).mean()
    assert np.abs(ada[-1] - 5).mean() > 5 * np.abs(rms[-1] - 5).mean()
