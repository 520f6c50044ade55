"""«Crear y describir tensores»: lo que define la página y lo que dice de cada marco."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paginas import definiciones

PAGINA = "book/02-tensores/crear.md"
p = definiciones(PAGINA, "memoria", "leer", "alineado")
formas = st.lists(st.integers(0, 6), max_size=5).map(tuple)


@given(formas, st.sampled_from(["uint8", "float16", "int32", "float64"]))
def test_la_memoria_es_la_que_dice_numpy(forma, tipo):
    arreglo = np.empty(forma, tipo)
    assert p.memoria(forma, arreglo.itemsize) == arreglo.nbytes


def test_las_cifras_de_la_autoevaluacion():
    assert math.prod((256, 224, 224, 3)) == 38_535_168
    assert p.memoria((256, 224, 224, 3), 4) == 147 * 2**20
    assert p.memoria((256, 224, 224, 3), 1) == 36.75 * 2**20


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 7))
def test_cuantos_da_un_rango_de_enteros(a, b, paso):
    assert np.arange(a, b, paso).size == max(0, math.ceil((b - a) / paso))


@given(st.integers(1, 6))
def test_el_lector_repite_el_arreglo(cuantas):
    sin_copiar = list(p.leer(cuantas))
    copiando = [lectura.copy() for lectura in p.leer(cuantas)]
    assert all(x is sin_copiar[0] for x in sin_copiar)
    np.testing.assert_array_equal(copiando, [[i, 10 * i] for i in range(cuantas)])


@given(st.integers(1, 200), st.sampled_from([16, 64, 256]))
def test_alineado(n, multiplo):
    a = p.alineado(n, multiplo)
    assert a.ctypes.data % multiplo == 0
    assert a.shape == (n,) and a.dtype == "float32" and a.flags.writeable
    assert not a.any()


@pytest.mark.marcos
def test_los_tipos_de_la_tabla():
    import jax.numpy as jnp
    import keras
    import torch
    from keras import ops

    motor = keras.backend.backend()
    doble = np.ones(2)
    tabla = {
        "int64": [np.array([1]), torch.tensor([1]), torch.arange(3)],
        "int32": [ops.array([1]), ops.arange(3), jnp.array([1]), jnp.arange(3)],
        "float32": [
            *(torch.tensor([1.5]), torch.ones(2), ops.array([1.5]), ops.zeros(2)),
            *(jnp.array([1.5]), jnp.ones(2), jnp.array(doble)),
        ],
        "float64": [np.array([1.5]), np.zeros(2), torch.tensor(doble)],
    }
    tabla["float32" if motor == "jax" else "float64"].append(ops.array(doble))
    for tipo, tensores in tabla.items():
        for tensor in tensores:
            assert keras.utils.standardize_dtype(tensor.dtype) == tipo
    with pytest.raises(RuntimeError):
        torch.tensor([1, 2, 3]).mean()  # autoevaluación 3
    assert jnp.array([1, 2, 3]).mean().dtype == "float32"
    cuantos = len(ops.arange(1, 1.3, 0.1))  # primer ejercicio
    assert cuantos == (3 if motor == "tensorflow" else 4)


@pytest.mark.marcos
@given(st.integers(1, 64), st.sampled_from(["float32", "int32"]))
def test_quien_comparte_memoria(n, tipo):
    import jax.numpy as jnp
    import torch
    from keras import ops

    a = p.alineado(n).view(tipo)  # alineado: el caso en que JAX podría compartir
    comparte = torch.from_numpy(a)
    copias = [torch.tensor(a), ops.convert_to_tensor(a), ops.array(a), jnp.array(a)]
    a[:] = 99
    assert (comparte.numpy() == 99).all()
    assert all(float(x[0]) == 0 for x in copias)
    t = torch.zeros(n)
    t.numpy()[:] = 7
    assert (t == 7).all()
    w = torch.zeros(n, requires_grad=True)
    w.detach().numpy()[0] = 5  # autoevaluación 5
    assert w[0].item() == 5
    ops.convert_to_numpy(copias[1])[:] = 7
    assert float(copias[1][0]) == 0
    assert not np.asarray(copias[3]).flags.writeable


@pytest.mark.marcos
def test_una_tabla_con_texto_no_se_convierte():
    import jax.numpy as jnp
    import torch

    objetos = np.array([[5.1, "setosa"]], dtype=object)
    for convertir in (torch.from_numpy, torch.tensor, jnp.array):
        with pytest.raises(TypeError):
            convertir(objetos)
