"""El entorno de referencia: está escrito una vez y llega a donde debe."""

import json
import subprocess
import sys

import pytest

from herramientas import cuadernos, entorno, fuentes
from herramientas.__main__ import main

MOSTRAR = "import json, os; print(json.dumps(dict(os.environ)))"


def correr(*orden: str, **variables: str) -> dict[str, str]:
    """Variables que ve un programa lanzado con `herramientas entorno`."""
    import os

    hecho = subprocess.run(
        [sys.executable, "-m", "herramientas", "entorno", *orden],
        cwd=fuentes.RAIZ,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(hecho.stdout)


def test_la_orden_se_ejecuta_en_el_entorno_y_sin_lo_ajeno():
    visto = correr(
        *("--", sys.executable, "-c", MOSTRAR),
        OMP_NUM_THREADS="8",
        JAX_ENABLE_X64="1",
        KERAS_BACKEND="jax",
        MIA="1",
        GRADIENTE_DATOS="datos",
    )
    assert entorno.ENTORNO.items() <= visto.items()
    assert "JAX_ENABLE_X64" not in visto
    assert visto["MIA"] == "1"
    assert visto["GRADIENTE_DATOS"] == str(fuentes.RAIZ / "datos")
    assert visto["PYTHONPATH"].startswith(str(fuentes.RAIZ))


def test_el_carril_cambia_lo_suyo_y_conserva_lo_demas():
    visto = correr("--carril", "sse", "--", sys.executable, "-c", MOSTRAR)
    assert (entorno.ENTORNO | entorno.CARRILES["sse"]).items() <= visto.items()
    assert "--xla_cpu_max_isa=SSE4_2" in visto["XLA_FLAGS"]
    assert "--xla_cpu_multi_thread_eigen=false" in visto["XLA_FLAGS"]


def test_el_codigo_de_salida_es_el_de_la_orden():
    assert main(["entorno", "--", sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_sin_orden_se_imprime_para_la_terminal(capsys):
    assert main(["entorno"]) == 0
    dicho = capsys.readouterr().out
    assert "export OMP_NUM_THREADS=1\n" in dicho
    assert "export CUDA_VISIBLE_DEVICES=''\n" in dicho


@pytest.mark.parametrize("carril", sorted(entorno.CARRILES))
def test_un_carril_no_deja_nada_igual_que_el_de_referencia(carril):
    cambios = entorno.CARRILES[carril].items()
    assert cambios
    assert not cambios & entorno.ENTORNO.items()


def test_los_cuadernos_se_ejecutan_en_el_y_lejos_de_la_configuracion_del_usuario(
    raiz, seccion, monkeypatch, tmp_path_factory
):
    casa = tmp_path_factory.mktemp("casa")
    arranque = casa / "profile_default/startup"
    arranque.mkdir(parents=True)
    (arranque / "00.py").write_text("intruso = 1\n", "utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(casa))
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    codigo = (
        'import os, sys\nprint(os.environ["OMP_NUM_THREADS"], "intruso" in dir())\n'
        f'print(sys.executable == "{sys.executable}")\n'
        'os.write(2, b"ruido de una biblioteca en C")\n'
        f"import sys; print(sys.path.count('{raiz}'))"
    )
    seccion("book/b.md", cuerpo=f"```{{code-cell}}\n{codigo}\n```\n")
    assert not cuadernos.generar(raiz=raiz).errores
    cuaderno = json.loads((raiz / "book/b.ipynb").read_text("utf-8"))
    (salida,) = cuaderno["cells"][-1]["outputs"]
    assert salida["text"] == ["1 False\n", "True\n", "1\n"]
