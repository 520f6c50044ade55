"""«Paralelismo de datos»: gradientes repartidos y anillo, contra referencias."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from paginas import RAIZ, definiciones
from torch.utils.data import DistributedSampler

PAGINA = "book/04-optimizacion/paralelismo.md"
p = definiciones(PAGINA, "gradiente", "anillo", "suma_repartida", "capa", "repartir")


@given(st.integers(0, 2**31), st.sampled_from([1, 2, 4, 8]))
def test_la_media_de_los_trozos_es_el_gradiente_de_pytorch(semilla, K):
    azar = np.random.default_rng(semilla)
    X, y, w = azar.normal(size=(32, 3)), azar.normal(size=32), azar.normal(size=3)
    pesos = torch.tensor(w, requires_grad=True)
    ((torch.tensor(X) @ pesos - torch.tensor(y)) ** 2).mean().backward()
    trozos = [p.gradiente(w, X[k::K], y[k::K]) for k in range(K)]
    np.testing.assert_allclose(np.mean(trozos, axis=0), pesos.grad, atol=1e-10)


@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**31))
def test_el_anillo_da_a_todos_la_suma(K, n, semilla):
    vectores = np.random.default_rng(semilla).normal(size=(K, n))
    originales = vectores.copy()
    resultado, enviados = p.anillo(vectores)
    assert resultado.shape == (K, n)
    np.testing.assert_allclose(resultado, np.tile(vectores.sum(0), (K, 1)), atol=1e-12)
    np.testing.assert_array_equal(vectores, originales)
    assert (enviados <= 2 * (K - 1) * math.ceil(n / K)).all()
    assert enviados.sum() == 2 * (K - 1) * n  # en total, cada bloque viaja eso


@given(st.integers(1, 8), st.integers(8, 200), st.integers(0, 2**31))
def test_la_suma_repartida_es_la_exacta_salvo_redondeo(K, n, semilla):
    v = np.random.default_rng(semilla).normal(size=n).astype("float32")
    cota = n * np.finfo("float32").eps * np.abs(v).sum(dtype="float64")
    assert abs(p.suma_repartida(v, K) - math.fsum(v)) <= cota


def test_la_capa_es_el_producto_salvo_redondeo():
    azar = np.random.default_rng(1)
    X = azar.normal(size=(12, 64)).astype("float32")
    v = azar.normal(size=64).astype("float32")
    capa = definiciones(PAGINA, "suma_repartida", "capa").capa
    np.testing.assert_allclose(capa(X, v), X.astype(float) @ v, atol=1e-4)
    np.testing.assert_allclose(capa(X[:2], v), X[:2].astype(float) @ v, atol=1e-4)


@given(st.integers(1, 50), st.integers(1, 7))
def test_repartir_es_el_muestreador_de_pytorch(n, K):
    for k, indices in enumerate(p.repartir(n, K)):
        suyos = DistributedSampler(range(n), num_replicas=K, rank=k, shuffle=False)
        assert list(suyos) == indices.tolist()


SOLO_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="mira /proc")
HILOS = """
import os
hilos = os.listdir("/proc/self/task")
vivos = [open(f"/proc/self/task/{t}/comm").read() for t in hilos]
print("\\nhilos de gloo:", sum("gloo" in nombre for nombre in vivos))
"""
RETIENE = """
import torch
import torch.distributed as dist
dist.init_process_group("gloo")
dist.all_reduce(torch.ones(1))
guardado = dist.group.WORLD
dist.destroy_process_group()
"""


def _hilos_de_gloo_al_acabar(programa: str, carpeta: Path) -> str:
    azar = np.random.default_rng(0)
    X = azar.normal(size=(8, 5)).astype("float32")
    np.savez(carpeta / "parte0.npz", X=X, y=X.sum(1))
    (carpeta / "programa.py").write_text(programa + HILOS, encoding="utf-8")
    hecho = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "programa.py"],
        cwd=carpeta,
        capture_output=True,
        text=True,
        check=False,
    )
    assert hecho.returncode == 0, hecho.stderr
    return hecho.stdout.splitlines()[-1]


@SOLO_LINUX
@pytest.mark.parametrize("nombre", ["entrenar_pt.py", "ddp.py"])
def test_los_programas_cierran_los_hilos_de_gloo(nombre, tmp_path):
    """Vivos al apagarse Python, abortan el proceso (pytorch/pytorch#190489)."""
    texto = (RAIZ / PAGINA).read_text(encoding="utf-8")
    programa = re.search(rf"%%writefile {nombre}\n(.*?)```", texto, re.DOTALL)[1]
    assert _hilos_de_gloo_al_acabar(programa, tmp_path) == "hilos de gloo: 0"


@SOLO_LINUX
def test_la_cuenta_de_hilos_ve_un_grupo_retenido(tmp_path):
    assert _hilos_de_gloo_al_acabar(RETIENE, tmp_path) != "hilos de gloo: 0"
