"""Lo que la página de notación afirma de las bibliotecas y no muestra con una celda."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.marcos, pytest.mark.xdist_group("marcos")]
ENTRADAS, SALIDAS = 3, 2


def test_pytorch_guarda_los_pesos_por_salidas():
    import torch

    assert torch.nn.Linear(ENTRADAS, SALIDAS).weight.shape == (SALIDAS, ENTRADAS)


def test_keras_guarda_los_pesos_por_entradas():
    import keras

    densa = keras.layers.Dense(SALIDAS)
    densa.build((None, ENTRADAS))
    assert densa.kernel.shape == (ENTRADAS, SALIDAS)


def test_flax_guarda_los_pesos_por_entradas():
    from flax import nnx

    lineal = nnx.Linear(ENTRADAS, SALIDAS, rngs=nnx.Rngs(0))
    assert lineal.kernel.shape == (ENTRADAS, SALIDAS)


def test_keras_y_flax_ponen_los_canales_al_final_y_pytorch_detras_del_lote():
    import jax.numpy as jnp
    import keras
    import torch
    from flax import nnx

    capa = keras.layers.Conv2D(4, 3)
    assert tuple(capa(keras.ops.zeros((1, 8, 8, 3))).shape) == (1, 6, 6, 4)
    capa = nnx.Conv(3, 4, (3, 3), padding="VALID", rngs=nnx.Rngs(0))
    assert capa(jnp.zeros((1, 8, 8, 3))).shape == (1, 6, 6, 4)
    capa = torch.nn.Conv2d(3, 4, 3)
    assert capa(torch.zeros(1, 3, 8, 8)).shape == (1, 4, 6, 6)
