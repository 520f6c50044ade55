"""«Adam, AdamW y Nadam»: la página contra los tres marcos y contra sus definiciones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizadores import PASOS, fabrica, gradientes_al_azar
from paginas import definiciones

PAGINA = "book/04-optimizacion/adam.md"
p = definiciones(
    PAGINA,
    "adam",
    "adam_keras",
    "adam_l2",
    "adamw",
    "nadam",
    "calendario",
    "calendarios",
    "simple",
    "correr",
    "parabola",
    "dictado",
    "ruido",
    "ciclo_de_reddi",
)
CERO = np.zeros(3)
tasas = st.floats(1e-3, 0.1)


def medias(g, beta):
    """Media móvil exponencial corregida, como suma ponderada de los gradientes."""
    filas = []
    for t in range(1, len(g) + 1):
        pesos = beta ** np.arange(t - 1, -1, -1)
        filas.append(pesos @ g[:t] / pesos.sum())
    return np.array(filas)


@given(gradientes_al_azar(), tasas, st.floats(0.1, 0.95), st.floats(0.5, 0.999))
def test_adam_es_un_cociente_de_medias_ponderadas(g, tasa, beta1, beta2):
    camino = p.adam(p.dictado(g), CERO, tasa, PASOS, beta1, beta2)
    avances = medias(g, beta1) / (np.sqrt(medias(g**2, beta2)) + 1e-8)
    esperado = -tasa * np.cumsum(avances, axis=0)
    np.testing.assert_allclose(camino[1:], esperado, rtol=1e-7, atol=1e-10)


@given(gradientes_al_azar(), tasas)
def test_las_dos_formas_solo_difieren_en_el_epsilon(g, tasa):
    una = p.adam(p.dictado(g + 1.0), CERO, tasa, PASOS, eps=0.0)
    otra = p.adam_keras(p.dictado(g + 1.0), CERO, tasa, PASOS, eps=0.0)
    validos = ~np.isnan(una)
    np.testing.assert_allclose(una[validos], otra[validos], atol=1e-10)


@pytest.mark.parametrize("t", [1, 7, 300])
def test_el_epsilon_de_keras_es_mayor_al_empezar(t):
    g, eps = 1e-6, 1e-7
    camino = p.adam_keras(lambda theta: g, 0.0, 1.0, t)
    equivalente = eps / np.sqrt(1 - 0.999**t)
    assert camino[-2] - camino[-1] == pytest.approx(g / (g + equivalente))


def test_el_exceso_sin_correccion():
    camino = p.adam(lambda theta: 3.0, 0.0, 1.0, 1000, corregir=False, eps=0.0)
    exceso = -np.diff(camino)
    t = np.arange(1, 1001)
    np.testing.assert_allclose(exceso, (1 - 0.9**t) / np.sqrt(1 - 0.999**t))
    assert exceso.argmax() + 1 == 12
    np.testing.assert_allclose(exceso[[0, 11]], [3.16, 6.57], atol=5e-3)


@pytest.mark.marcos
@settings(max_examples=12, deadline=None)
@given(gradientes_al_azar(), tasas, st.floats(0.0, 1.0))
def test_los_tres_marcos(g, tasa, lam):
    import keras
    import optax
    import torch

    m = definiciones(PAGINA, "recorrer_pt", "recorrer_ks", "recorrer_jx")
    unos = np.ones(3)

    def dictar():
        return p.dictado(g), unos, PASOS

    def numpy(metodo, *args, **opciones):
        return metodo(p.dictado(g), unos, tasa, PASOS, *args, **opciones)

    # El desacoplado de Keras es el de AdamW, con el épsilon a la manera de Keras.
    solo_adam = numpy(p.adam_keras)
    avances = np.diff(solo_adam, axis=0)
    decae = [unos]
    for avance in avances:
        decae.append(decae[-1] * (1 - tasa * lam) + avance)
    k, o = keras.optimizers, torch.optim
    l2 = optax.chain(optax.add_decayed_weights(lam), optax.adam(tasa))
    cadena = {"lr": tasa, "weight_decay": lam}
    pares = (
        (m.recorrer_pt(o.Adam, *dictar(), lr=tasa), numpy(p.adam)),
        (m.recorrer_ks(k.Adam(tasa), *dictar()), solo_adam),
        (m.recorrer_jx(optax.adam(tasa), *dictar()), numpy(p.adam)),
        (m.recorrer_pt(o.AdamW, *dictar(), **cadena), numpy(p.adamw, lam)),
        (m.recorrer_ks(k.AdamW(tasa, weight_decay=lam), *dictar()), decae),
        (m.recorrer_ks(k.Adam(tasa, weight_decay=lam), *dictar()), decae),
        (
            m.recorrer_jx(optax.adamw(tasa, weight_decay=lam), *dictar()),
            numpy(p.adamw, lam),
        ),
        (m.recorrer_pt(o.Adam, *dictar(), **cadena), numpy(p.adam_l2, lam)),
        (m.recorrer_jx(l2, *dictar()), numpy(p.adam_l2, lam)),
        (
            m.recorrer_pt(o.NAdam, *dictar(), lr=tasa),
            numpy(p.nadam, p.calendarios["PyTorch"]),
        ),
        (
            m.recorrer_ks(k.Nadam(tasa), *dictar()),
            numpy(p.nadam, p.calendarios["Keras"], eps=1e-7),
        ),
        (
            m.recorrer_jx(optax.nadam(tasa), *dictar()),
            numpy(p.nadam, p.calendarios["Optax"]),
        ),
    )
    for camino, esperado in pares:
        np.testing.assert_allclose(camino, esperado, atol=2e-4)


@pytest.mark.marcos
def test_los_valores_de_fabrica_que_dice_la_pagina():
    import keras
    import optax
    import torch

    assert fabrica(torch.optim.Adam)["eps"] == fabrica(optax.adam)["eps"] == 1e-8
    assert fabrica(optax.adam)["eps_root"] == 0
    assert fabrica(keras.optimizers.Adam)["epsilon"] == 1e-7
    decaimientos = [
        fabrica(f)["weight_decay"]
        for f in (torch.optim.AdamW, keras.optimizers.AdamW, optax.adamw)
    ]
    assert decaimientos == [0.01, 0.004, 0.0001]
    assert fabrica(torch.optim.NAdam)["momentum_decay"] == 0.004
    assert "weight_decay" not in fabrica(optax.adam)
    for marco in (torch.optim.Adam, keras.optimizers.Adam):
        assert "amsgrad" in fabrica(marco)


@given(gradientes_al_azar(), tasas, st.floats(0, 1))
def test_adamw_encoge_aparte(g, tasa, lam):
    """Como el avance no depende de θ, la diferencia con Adam se sabe."""
    camino = p.adamw(p.dictado(g), np.ones(3), tasa, PASOS, lam)
    avances = np.diff(p.adam(p.dictado(g), np.ones(3), tasa, PASOS), axis=0)
    theta = np.ones(3)
    for k in range(PASOS):
        theta = (1 - tasa * lam) * theta + avances[k]
        np.testing.assert_allclose(camino[k + 1], theta, atol=1e-12)


def test_la_l2_depende_de_la_escala_del_gradiente_y_adamw_no():
    finales = {
        metodo: [
            metodo(p.ruido(s, 1), np.ones(2000), 0.01, 1000, lam=0.1)[-1].mean()
            for s in (0.01, 1.0, 100.0)
        ]
        for metodo in (p.adam_l2, p.adamw)
    }
    np.testing.assert_allclose(finales[p.adamw], 0.999**1000, atol=0.03)
    bajo, medio, alto = finales[p.adam_l2]
    assert abs(bajo) < 0.02 and 0.3 < medio < 0.45 and alto > 0.95


@given(gradientes_al_azar(), tasas)
def test_nadam_sin_calendario_es_adam_con_la_media_del_paso_siguiente(g, tasa):
    camino = p.nadam(p.dictado(g), CERO, tasa, PASOS, lambda t: 0.9)
    m = medias(g, 0.9) * (1 - 0.9 ** np.arange(1, PASOS + 1))[:, None]
    t = np.arange(1, PASOS + 1)[:, None]
    adelantada = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g / (1 - 0.9**t)
    avances = adelantada / (np.sqrt(medias(g**2, 0.999)) + 1e-8)
    esperado = -tasa * np.cumsum(avances, axis=0)
    np.testing.assert_allclose(camino[1:], esperado, rtol=1e-7, atol=1e-10)


def test_el_calendario_va_de_la_mitad_de_beta_a_beta():
    mu = p.calendario(1.0)
    assert mu(0) == pytest.approx(0.45) and mu(1e4) == pytest.approx(0.9)


def test_las_cifras_del_banco_de_pruebas():
    esperadas = {"SGD": 0.058, "momentum": -1.353, "RMSprop": 2.452, "Adam": 3.060}
    for nombre, cifra in esperadas.items():
        camino = p.correr(nombre, p.parabola, 0.1, 1000)
        assert camino[20] == pytest.approx(cifra, abs=5e-4)
        final = 0.05 if nombre == "RMSprop" else 0.0
        np.testing.assert_allclose(np.abs(camino[-10:]), final, atol=1e-3)
        otro = p.correr(nombre, lambda t: 200 * t, 0.1, 20)
        misma = abs(otro[-1] - camino[20]) < 1e-4
        assert misma == (nombre in ("RMSprop", "Adam"))


def test_mirar_solo_el_paso_20_premia_a_quien_cruza_el_cero():
    caminos = [
        np.abs(p.correr("momentum", p.parabola, tasa, 20))
        for tasa in np.logspace(-2, 1, 61)
    ]
    elegido = min(caminos, key=lambda camino: camino[20])
    assert elegido[20] < 0.1 and elegido[16:].max() > 2
    assert min(camino[16:].max() for camino in caminos) > 0.4


def test_los_nadam_con_calendario_van_detras_desde_el_segundo_paso():
    referencia = p.adam(p.parabola, 5.0, 0.1, 60)
    retraso = {
        nombre: p.nadam(p.parabola, 5.0, 0.1, 60, mu) - referencia
        for nombre, mu in p.calendarios.items()
    }
    for nombre in ("PyTorch", "Keras"):
        assert retraso[nombre][1] < 0 and np.all(retraso[nombre][2:] > 0)
    assert np.all(retraso["Optax"][1:50] < 0) and retraso["Optax"][60] > 0


@pytest.mark.marcos
def test_torch_da_los_mismos_nueve_decimales_en_64_bits():
    import torch

    theta = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
    optimizador = torch.optim.Adam([theta], lr=0.1)
    for _ in range(20):
        theta.grad = 2 * theta.detach()
        optimizador.step()
    assert theta.item() == pytest.approx(3.060338887, abs=1e-9)
    nuestro = p.adam(p.parabola, 5.0, 0.1, 20)[-1]
    assert nuestro == pytest.approx(theta.item(), abs=1e-12)


def test_amsgrad_arregla_el_ciclo():
    assert p.ciclo_de_reddi(False, pasos=3000) > 0.95
    assert p.ciclo_de_reddi(True, pasos=20_000) < -0.95
