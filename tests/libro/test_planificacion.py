"""«Planificar la tasa»: las formas, contra las bibliotecas y autograd."""

from __future__ import annotations

import numpy as np
import optax
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from optimizadores import poner_pesos
from paginas import definiciones
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

PAGINA = "book/04-optimizacion/planificacion.md"
p = definiciones(
    PAGINA, "con_ruido", "calentar_y_enfriar", "con_reinicios", "gradientes_red"
)


@given(st.integers(1, 50), st.integers(1, 200), st.floats(1e-4, 1))
def test_calentar_y_enfriar_es_la_de_optax(w, resto, maxima):
    plan = optax.warmup_cosine_decay_schedule(0.0, maxima, w, w + resto)
    pasos = np.arange(w + resto + 3)
    esperadas = [float(plan(t)) for t in pasos[:: max(1, len(pasos) // 10)]]
    halladas = p.calentar_y_enfriar(pasos, maxima, w, w + resto)
    np.testing.assert_allclose(
        halladas[:: max(1, len(pasos) // 10)], esperadas, atol=1e-6
    )


@given(st.integers(1, 100), st.floats(1e-3, 1))
def test_los_reinicios_son_los_de_pytorch(primero, maxima):
    optimizador = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=maxima)
    plan = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizador, primero, 2)
    esperadas = []
    for _ in range(4 * primero):
        esperadas.append(plan.get_last_lr()[0])
        optimizador.step()
        plan.step()
    halladas = p.con_reinicios(np.arange(4 * primero), maxima, primero)
    np.testing.assert_allclose(halladas, esperadas, atol=1e-9)


@given(st.floats(0.05, 1.0))
def test_el_suelo_de_ruido(tasa):
    medido = p.con_ruido([tasa] * 300)
    np.testing.assert_allclose(medido, tasa / (2 - tasa), rtol=0.15)


@given(st.integers(0, 2**31))
def test_el_gradiente_de_la_red_es_el_de_autograd(semilla):
    azar = np.random.default_rng(semilla)
    X, y = azar.normal(size=(7, 64)), azar.integers(0, 10, size=7)
    formas = [(64, 32), (32,), (32, 10), (10,)]
    parametros = [azar.normal(size=f) / 6 for f in formas]
    perdida, gradientes = p.gradientes_red(parametros, X, y)
    W1, b1, W2, b2 = tensores = [
        torch.tensor(a, requires_grad=True) for a in parametros
    ]
    logits = torch.relu(torch.tensor(X) @ W1 + b1) @ W2 + b2
    esperada = F.cross_entropy(logits, torch.tensor(y))
    esperada.backward()
    np.testing.assert_allclose(perdida, esperada.item(), rtol=1e-9)
    for hallado, tensor in zip(gradientes, tensores, strict=True):
        np.testing.assert_allclose(hallado, tensor.grad, atol=1e-10)


@pytest.mark.parametrize("semilla", [1, 2, 3])
def test_sin_calentar_se_pierde_tambien_con_otras_semillas(semilla):
    digitos, azar = load_digits(), np.random.default_rng(semilla)
    mezcla = azar.permutation(len(digitos.data))[:1280]
    X = torch.tensor(digitos.data[mezcla], dtype=torch.float32)
    y = torch.tensor(digitos.target[mezcla])
    matrices = [azar.normal(size=(n, 64)) / 32**0.5 for n in (64, 64, 10)]
    lotes = np.concatenate([azar.permutation(1280).reshape(-1, 32) for _ in range(6)])
    finales = []
    for w in (0, 60):
        capas = [nn.Linear(64, len(W)) for W in matrices]
        red = nn.Sequential(capas[0], nn.ReLU(), capas[1], nn.ReLU(), capas[2])
        poner_pesos(red, [v for W in matrices for v in (W, np.zeros(len(W)))])
        optimizador, perdidas = torch.optim.Adam(red.parameters()), []
        for k, i in enumerate(lotes):
            tasa = float(p.calentar_y_enfriar(k, 0.07, w, 240))
            optimizador.param_groups[0]["lr"] = tasa
            perdida = F.cross_entropy(red(X[i]), y[i])
            optimizador.zero_grad()
            perdida.backward()
            optimizador.step()
            perdidas.append(perdida.item())
        finales.append(np.mean(perdidas[-40:]))
    assert finales[0] > 3 * finales[1]
